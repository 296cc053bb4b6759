package dev.caravan.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a destination lets containers have: as much as its admission policy says, and not more. */
class AdmissionTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;
    private ObjectNode config;

    @BeforeEach
    void read() throws IOException {
        directory = directory.toRealPath();
        try (var in = AdmissionTest.class.getResourceAsStream("/bundle/full.json")) {
            config = (ObjectNode) JSON.readTree(in);
        }
    }

    private Findings judge(String policy) throws IOException {
        return new BundleRules(Admission.read(Files.writeString(directory.resolve("admission.json"), policy)))
                .judge(Bundle.parse(JSON.writeValueAsBytes(config)).withRealPaths());
    }

    private void mount(Path source, String... options) {
        ArrayNode chosen = ((ArrayNode) config.path("mounts")).addObject().put("destination", "/data")
                .put("type", "bind").put("source", source.toString()).putArray("options").add("bind");
        for (String option : options) {
            chosen.add(option);
        }
    }

    private String hostPaths(String more) {
        return "{\"hostPaths\": [{\"path\": \"" + directory + "/data\"" + more + "}]}";
    }

    @Test
    void aHostPathIsTakenWithAllBeneathIt() throws IOException {
        Files.createDirectories(directory.resolve("data/deep"));
        mount(directory.resolve("data"));
        mount(directory.resolve("data/deep"));
        mount(directory.resolve("data/not/there"));
        assertThat(judge(hostPaths("")).reason()).isEmpty();
        assertThat(judge("{}").unadmitted()).hasSize(3);
    }

    @Test
    void aPathThatOnlyBeginsLikeOneThatIsTakenIsNot() throws IOException {
        mount(directory.resolve("database"));
        mount(directory);
        assertThat(judge(hostPaths("")).unadmitted()).hasSize(2);
    }

    @Test
    void aReadOnlyPathIsTakenReadOnly() throws IOException {
        Files.createDirectories(directory.resolve("data"));
        mount(directory.resolve("data"), "ro");
        assertThat(judge(hostPaths(", \"readOnly\": true")).reason()).isEmpty();
        mount(directory.resolve("data"), "ro", "rw");
        mount(directory.resolve("data"));
        Findings findings = judge(hostPaths(", \"readOnly\": true"));
        assertThat(findings.unadmitted()).hasSize(2);
        assertThat(findings.reason()).contains("(writable)", "\"hostPaths\" in caravan.admission");
    }

    @Test
    void linksAreFollowedBeforeAPathIsCompared() throws IOException {
        Files.createDirectories(directory.resolve("data"));
        Files.createDirectories(directory.resolve("elsewhere/ssh"));
        Files.createSymbolicLink(directory.resolve("data/out"), directory.resolve("elsewhere"));
        Files.createSymbolicLink(directory.resolve("data/loop"), directory.resolve("data/loop"));
        Files.createSymbolicLink(directory.resolve("data/nowhere"), directory.resolve("nothing"));
        mount(directory.resolve("data/out"));
        mount(directory.resolve("data/out/ssh"));
        mount(directory.resolve("data/loop"));
        mount(directory.resolve("data/nowhere"));
        assertThat(judge(hostPaths("")).unadmitted()).hasSize(4);
    }

    @Test
    void theConfigurationThatIsWrittenHasTheRealPath() throws IOException {
        Files.createDirectories(directory.resolve("data"));
        Files.createSymbolicLink(directory.resolve("link"), directory.resolve("data"));
        mount(directory.resolve("link"));
        assertThat(judge(hostPaths("")).reason()).isEmpty();
        assertThat(Bundle.parse(JSON.writeValueAsBytes(config)).withRealPaths()
                .adaptedTo("/caravan/web", Path.of("/run/netns/x")).hostMounts())
                .containsExactly(directory.resolve("data"));
    }

    @Test
    void whatThePolicyNamesIsTaken() throws IOException {
        ((ArrayNode) config.at("/process/capabilities/bounding")).add("CAP_NET_ADMIN");
        config.withObjectProperty("annotations").put("com.example.team", "web");
        ObjectNode linux = config.withObjectProperty("linux");
        linux.withObjectProperty("sysctl").put("net.ipv4.tcp_rmem", "4096 1 2").put("net.core.somaxconn", "4096");
        linux.putArray("readonlyPaths").add("/proc/bus").add("/proc/fs").add("/proc/irq").add("/proc/sysrq-trigger");
        ((ArrayNode) linux.path("devices")).addObject().put("path", "/dev/fuse").put("type", "c").put("major", 10)
                .put("minor", 229);
        ((ArrayNode) linux.at("/resources/devices")).addObject().put("allow", true).put("type", "c").put("major", 10)
                .put("minor", 229).put("access", "rw");
        assertThat(judge("{}").unadmitted()).extracting(Finding::setting).contains("capabilities", "annotations",
                "sysctls", "unprotectedPaths", "devices");
        assertThat(judge("""
                         {"capabilities": ["CAP_NET_ADMIN"], "annotations": ["com.example.*"],
                          "sysctls": ["net.ipv4.tcp_*", "net.core.somaxconn"], "unprotectedPaths": ["/proc/sys"],
                          "devices": [{"type": "c", "major": 10, "minor": 229}]}
                         """).reason()).isEmpty();
        assertThat(judge("""
                         {"capabilities": ["CAP_NET_RAW"], "annotations": ["com.example"],
                          "sysctls": ["net.ipv4.tcp", "net.core.*"], "unprotectedPaths": ["/proc/sys/net"],
                          "devices": [{"type": "c", "major": 10, "minor": 229, "access": "r"}]}
                         """).unadmitted()).hasSize(6);
    }

    @Test
    void theExampleOfTheReferenceIsAPolicy() throws IOException {
        String reference = Files.readString(Path.of("../routes/docs/reference.md"));
        String admission = reference.substring(reference.indexOf("## Admission"));
        String example = admission.substring(admission.indexOf("```json") + 7);
        Admission read = Admission.read(Files.writeString(directory.resolve("example.json"),
                example.substring(0, example.indexOf("```"))));
        assertThat(read.hostPaths()).hasSize(2);
        assertThat(read.devices()).hasSize(1);
        assertThat(read.allowsCapability("CAP_NET_ADMIN")).isTrue();
    }

    @Test
    void noPolicyAdmitsWhatSteersTheRuntime() throws IOException {
        config.withObjectProperty("annotations").put("org.criu.config", "/x").put("bundle", "/x");
        assertThat(judge("{\"annotations\": [\"org.*\", \"bundle*\", \"org.criu.config\"]}").never()).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "{\"hostPath\": []} | hostPath",
            "{\"hostPaths\": [{\"path\": \"srv\"}]} | hostPaths[0].path",
            "{\"hostPaths\": [{\"path\": \"/srv/../etc\"}]} | hostPaths",
            "{\"hostPaths\": [{\"path\": \"/srv/\"}]} | hostPaths",
            "{\"hostPaths\": [{}]} | path",
            "{\"hostPaths\": \"/srv\"} | hostPaths",
            "{\"capabilities\": [\"net_admin\"]} | capabilities[0]",
            "{\"devices\": [{\"type\": \"c\", \"access\": \"x\"}]} | devices[0].access",
            "{\"devices\": [{\"type\": \"c\", \"major\": -1}]} | devices[0].major",
            "{\"sysctls\": [\"*\"]} | sysctls[0]",
            "{\"unprotectedPaths\": [\"/etc\"]} | unprotectedPaths[0]",
            "{\"sysctls\": [], \"sysctls\": []} | sysctls",
            "{\"capabilities\": [} | line 1",
            "[] | object"})
    void aBadPolicyIsNamedWithItsField(String policy, String field) throws IOException {
        Path file = Files.writeString(directory.resolve("bad.json"), policy);
        assertThatIOException().isThrownBy(() -> Admission.read(file)).withMessageContaining(file.toString())
                .withMessageContaining(field);
    }
}
