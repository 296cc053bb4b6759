package dev.caravan.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations by which a source would be root on its destination: none of them is taken. */
class BundleAttackTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final BundleRules DEFAULT = new BundleRules(Admission.DEFAULT);

    @TempDir
    Path directory;

    private static ObjectNode full() throws IOException {
        try (var in = BundleAttackTest.class.getResourceAsStream("/bundle/full.json")) {
            return (ObjectNode) JSON.readTree(in);
        }
    }

    private static String runcSpec() throws IOException {
        try (var in = BundleAttackTest.class.getResourceAsStream("/bundle/runc-spec.json")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\"terminal\": true",
                    "\"terminal\": false");
        }
    }

    private static Findings judge(JsonNode config) throws IOException {
        return DEFAULT.judge(Bundle.parse(JSON.writeValueAsBytes(config)));
    }

    /** Sets or adds ({@code -} for the next of an array) a value, given as JSON. */
    private static ObjectNode with(String pointer, String value) throws IOException {
        ObjectNode config = full();
        JsonPointer at = JsonPointer.compile(pointer);
        JsonNode parent = config.at(at.head());
        if (parent instanceof ArrayNode array) {
            if (pointer.endsWith("/-")) {
                array.add(JSON.readTree(value));
            } else {
                array.set(at.last().getMatchingIndex(), JSON.readTree(value));
            }
        } else {
            ((ObjectNode) parent).set(at.last().getMatchingProperty(), JSON.readTree(value));
        }
        return config;
    }

    @Test
    void whatRuntimesWriteByDefaultIsTaken() throws IOException {
        assertThat(judge(full()).reason()).isEmpty();
        assertThat(judge(JSON.readTree(runcSpec())).reason()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "/hooks | {\"createRuntime\":[{\"path\":\"/bin/touch\",\"args\":[\"touch\",\"/root/owned\"]}]}",
            "/hooks | {\"prestart\":[{\"path\":\"/bin/true\"}]}",
            "/hooks | {\"poststop\":{}}",
            "/hooks | [1]",
            "/annotations/org.criu.config | \"/rootfs/criu.conf\"",
            "/annotations/org.criu.config=~1rootfs~1criu.conf | \"\"",
            "/annotations/org.systemd.property.ExecStopPost | \"'/bin/sh'\"",
            "/annotations/run.oci.hooks.stderr | \"/etc/passwd\"",
            "/annotations/bundle | \"/rootfs\"",
            "/annotations/bundle=~1rootfs | \"\"",
            "/linux/namespaces/2/path | \"/proc/1/ns/ipc\"",
            "/linux/namespaces/3/path | \"/proc/1/ns/uts\"",
            "/linux/namespaces/4/path | \"/proc/1/ns/mnt\"",
            "/linux/namespaces/5/path | \"/proc/1/ns/user\"",
            "/linux/namespaces/0/path | \"/proc/1/ns/pid\"",
            "/linux/namespaces/1/path | \"../netns/host\"",
            "/linux/namespaces/1/path | 7",
            "/linux/namespaces/2 | {\"type\":\"pid\"}",
            "/linux/namespaces/2 | {\"type\":\"IPC\"}",
            "/linux/namespaces/2 | null",
            "/linux/namespaces | []",
            "/linux/namespaces | {\"a\":{\"type\":\"network\",\"path\":\"/run/netns/x\"}}",
            "/linux | []",
            "/mounts/- | {\"destination\":\"/x\",\"type\":\"ext4\",\"source\":\"/dev/sda1\"}",
            "/mounts/- | {\"destination\":\"/x\",\"type\":\"overlay\",\"source\":\"o\",\"options\":[\"lowerdir=/\"]}",
            "/mounts/- | {\"destination\":\"/x\",\"type\":\"none\",\"source\":\"/\"}",
            "/mounts/- | {\"destination\":\"/x\",\"type\":\"devtmpfs\",\"source\":\"dev\"}",
            "/mounts/- | {\"destination\":\"/x\",\"source\":\"/\"}",
            "/mounts/- | {\"destination\":\"/x/../../proc\",\"type\":\"tmpfs\"}",
            "/mounts/- | {\"destination\":\"x\",\"type\":\"tmpfs\"}",
            "/mounts/- | {\"destination\":\"/mnt\",\"type\":\"proc\",\"source\":\"proc\"}",
            "/mounts/- | {\"destination\":\"/mnt\",\"type\":\"sysfs\",\"options\":[\"ro\"]}",
            "/mounts/- | {\"destination\":\"/proc/sys\",\"type\":\"tmpfs\"}",
            "/mounts/- | {\"destination\":\"/sys/fs\",\"type\":\"bind\",\"source\":\"/sys\",\"options\":[\"rbind\"]}",
            "/mounts/- | {\"destination\":\"/x\",\"type\":\"bind\",\"source\":\"relative\",\"options\":[\"bind\"]}",
            "/mounts/- | {\"destination\":\"/x\",\"type\":\"bind\",\"source\":\"/srv/../etc\",\"options\":[\"bind\"]}",
            "/mounts/- | {\"destination\":\"/x\",\"type\":\"bind\",\"options\":[\"bind\"]}",
            "/mounts/- | {\"destination\":\"/x\",\"type\":\"bind\",\"source\":\"/srv\",\"options\":[\"bind\",\"rshared\"]}",
            "/mounts/- | {\"destination\":\"/x\",\"type\":\"bind\",\"source\":\"/srv\",\"options\":[\"bind\",\"idmap\"]}",
            "/mounts/- | {\"destination\":\"/x\",\"type\":\"tmpfs\",\"options\":[\"remount\"]}",
            "/mounts/- | {\"destination\":\"/x\",\"type\":\"tmpfs\",\"uidMappings\":[]}",
            "/process/terminal | true",
            "/process/terminal | \"true\"",
            "/process/cwd | \"/proc/self/fd/../7\"",
            "/process/cwd | \"relative\"",
            "/process/oomScoreAdj | -1000",
            "/process/scheduler | {\"policy\":\"SCHED_FIFO\",\"priority\":99}",
            "/process/ioPriority | {\"class\":\"IOPRIO_CLASS_RT\"}",
            "/process/commandLine | \"x\"",
            "/process/user/username | \"root\"",
            "/process/user/uid | -1",
            "/process/user/uid | 1e3",
            "/process/user/uid | \"0\"",
            "/process/capabilities | [\"CAP_SYS_ADMIN\"]",
            "/process/capabilities/effective | [\"ALL\"]",
            "/process/rlimits/0/hard | -1",
            "/process/rlimits/0/type | \"RLIMIT_ANY\"",
            "/linux/resources/memory/disableOOMKiller | true",
            "/linux/resources/cpu/realtimeRuntime | 95000",
            "/linux/resources/unified | {\"../../cgroup.procs\":\"1\"}",
            "/linux/resources/unified | {\"cgroup.procs\":\"1\"}",
            "/linux/resources/rdma | {}",
            "/linux/resources/network | {\"priorities\":[]}",
            "/linux/seccomp/listenerPath | \"/run/agent.sock\"",
            "/linux/seccomp/syscalls/0/action | \"SCMP_ACT_NOTIFY\"",
            "/linux/sysctl | {\"net.ipv4/../../kernel/core_pattern\":\"x\"}",
            "/linux/sysctl | {\"net..ipv4\":\"1\"}",
            "/linux/intelRdt | {\"closID\":\"x\"}",
            "/linux/rootfsPropagation | \"rshared\"",
            "/linux/maskedPaths | [\"/proc/../etc\"]",
            "/linux/devices/0/path | \"/etc/passwd\"",
            "/linux/devices/0/path | \"/dev/../etc/passwd\"",
            "/linux/devices/0/type | \"x\"",
            "/linux/personality | {\"domain\":\"LINUX\",\"flags\":[\"READ_IMPLIES_EXEC\"]}",
            "/vm | {\"hypervisor\":{\"path\":\"/bin/sh\"}}",
            "/windows | {}",
            "/solaris | {}",
            "/ociVersion | \"2.0.0\"",
            "/hostname | \"a b\"",
            "/root/path | 7"})
    void isNeverTaken(String pointer, String value) throws IOException {
        ObjectNode config = with(pointer, value);
        if (pointer.equals("/root/path")) {
            assertThatThrownBy(() -> judge(config)).isInstanceOf(BundleRejected.class)
                    .hasMessageContaining("root.path");
            return;
        }
        Findings findings = judge(config);
        assertThat(findings.never()).as(findings.reason()).isNotEmpty()
                .allSatisfy(finding -> assertThat(finding.allowed()).isNotBlank());
        String top = pointer.split("/")[1];
        assertThat(findings.never()).extracting(Finding::pointer).allMatch(found -> found.startsWith("/" + top));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "/mounts/- | {\"destination\":\"/x\",\"type\":\"bind\",\"source\":\"/\",\"options\":[\"rbind\"]} | hostPaths",
            "/mounts/- | {\"destination\":\"/x\",\"type\":\"tmpfs\",\"source\":\"/etc\",\"options\":[\"bind\"]} | hostPaths",
            "/mounts/- | {\"destination\":\"/x\",\"type\":\"\",\"source\":\"/dev/sda\",\"options\":[\"bind\",\"ro\"]} | hostPaths",
            "/mounts/2/options | [\"nosuid\"] | unprotectedPaths",
            "/mounts/2/options | [\"ro\",\"rw\"] | unprotectedPaths",
            "/mounts/5/options | [\"rw\"] | unprotectedPaths",
            "/process/capabilities/bounding/- | \"CAP_SYS_ADMIN\" | capabilities",
            "/process/capabilities/ambient/- | \"CAP_SYS_MODULE\" | capabilities",
            "/linux/devices/- | {\"path\":\"/dev/mem\",\"type\":\"c\",\"major\":1,\"minor\":1} | devices",
            "/linux/devices/- | {\"path\":\"/dev/sda\",\"type\":\"b\",\"major\":8,\"minor\":0} | devices",
            "/linux/devices/- | {\"path\":\"/dev/u\",\"type\":\"u\",\"major\":10,\"minor\":229} | devices",
            "/linux/resources/devices/- | {\"allow\":true} | devices",
            "/linux/resources/devices/- | {\"allow\":true,\"type\":\"a\",\"access\":\"rwm\"} | devices",
            "/linux/resources/devices/- | {\"allow\":true,\"type\":\"c\",\"major\":1,\"access\":\"r\"} | devices",
            "/linux/resources/devices/- | {\"allow\":true,\"type\":\"b\",\"major\":8,\"minor\":0,\"access\":\"rm\"} | devices",
            "/linux/sysctl | {\"kernel.core_pattern\":\"x\"} | sysctls",
            "/linux/sysctl | {\"net.ipv4.ip_forward\":\"1\"} | sysctls",
            "/linux/maskedPaths | [] | unprotectedPaths",
            "/linux/maskedPaths | null | unprotectedPaths",
            "/linux/readonlyPaths | [\"/proc/sys/kernel\"] | unprotectedPaths",
            "/annotations/com.example.team | \"web\" | annotations"})
    void isTakenOnlyByAdmission(String pointer, String value, String setting) throws IOException {
        Findings findings = judge(with(pointer, value));
        assertThat(findings.never()).isEmpty();
        assertThat(findings.unadmitted()).isNotEmpty().extracting(Finding::setting).containsOnly(setting);
        assertThat(findings.reason()).contains("\"" + setting + "\" in caravan.admission");
    }

    /** The runtime takes keys in any letter case, and the last of equal ones. */
    @ParameterizedTest
    @MethodSource("everyField")
    void everyFieldCountsOnlyAsItIsSpelled(String pointer) throws IOException {
        JsonPointer at = JsonPointer.compile(pointer);
        String name = at.last().getMatchingProperty();
        for (String spelling : List.of(name.toUpperCase(java.util.Locale.ROOT), name.replace('s', 'ſ') + "\u200b",
                Character.toUpperCase(name.charAt(0)) + name.substring(1), name + " ")) {
            ObjectNode config = full();
            ObjectNode parent = (ObjectNode) config.at(at.head());
            if (parent.has(spelling)) {
                continue;
            }
            parent.set(spelling, parent.get(name));
            Findings findings = judge(config);
            assertThat(findings.never()).as(spelling).hasSize(1);
            parent.remove(name);
            if (spelling.equalsIgnoreCase(name) && !pointer.equals("/root/path") && !pointer.equals("/root")) {
                assertThat(judge(config).never()).extracting(Finding::allowed)
                        .anyMatch(allowed -> allowed.contains("\"" + name + "\": write it so"));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("everyField")
    void everyFieldIsTakenOnce(String pointer) throws IOException {
        JsonPointer at = JsonPointer.compile(pointer);
        ObjectNode config = full();
        ((ObjectNode) config.at(at.head())).put("twice", 0);
        String name = at.last().getMatchingProperty();
        String escaped = "\\u00" + Integer.toHexString(name.charAt(0)) + name.substring(1);
        for (String again : List.of(name, escaped)) {
            String json = JSON.writeValueAsString(config).replace("\"twice\":0", "\"" + again + "\":null");
            assertThatThrownBy(() -> Bundle.parse(json.getBytes(StandardCharsets.UTF_8)))
                    .isInstanceOf(BundleRejected.class).hasMessageContaining("Duplicate field '" + name + "'");
        }
    }

    /** Whatever a field is, it is of one kind, and of another it is refused by name. */
    @ParameterizedTest
    @MethodSource("everyField")
    void everyFieldOfAnotherTypeIsRefused(String pointer) throws IOException {
        for (String other : List.of("1.5", "[[]]", "{\"x\":{\"y\":1}}", "\"\\n\"", "[null]")) {
            ObjectNode config = with(pointer, other);
            if (pointer.matches("/(root/path|root)")) {
                continue;
            }
            assertThat(judge(config).never()).as(other).isNotEmpty();
        }
    }

    /** Pointers to every field of a configuration that has all that are taken. */
    static List<String> everyField() throws IOException {
        List<String> pointers = new ArrayList<>();
        collect(full(), "", pointers);
        assertThat(pointers).hasSizeGreaterThan(150);
        return pointers.stream()
                .filter(pointer -> !pointer.matches("/(annotations|linux/sysctl|linux/resources/unified)/.*")).toList();
    }

    private static void collect(JsonNode node, String pointer, List<String> pointers) {
        if (node.isObject()) {
            node.properties().forEach(field -> {
                pointers.add(pointer + "/" + field.getKey());
                collect(field.getValue(), pointer + "/" + field.getKey(), pointers);
            });
        } else {
            for (int i = 0; i < node.size(); i++) {
                collect(node.get(i), pointer + "/" + i, pointers);
            }
        }
    }

    static Stream<byte[]> whatTwoProgramsReadDifferently() throws IOException {
        String all = runcSpec();
        byte[] bad = all.getBytes(StandardCharsets.UTF_8);
        bad[all.indexOf("PATH=") + 1] = (byte) 0xff;
        return Stream.concat(Stream.of(bad, all.getBytes(StandardCharsets.UTF_16)), Stream.of(all + all,
                all + "\n# end", "// c\n" + all, "\ufeff" + all, all.replace("\"rootfs\"", "\"root\\u0000fs\""),
                all.replace("\"rootfs\"", "\"\\ud800\""), all.replace("\"cwd\"", "\"c\\u0000wd\""),
                all.replace("\"linux\": {", "\"linux\": {\"x\": " + "[".repeat(500) + "]".repeat(500) + ","),
                all.replace("\"linux\": {", "\"linux\": {\"x\": " + "[".repeat(50) + "]".repeat(50) + ","),
                all.substring(0, all.length() / 2), "", "null", "[]", "{}", "\"x\"",
                all.replace("\"rootfs\"", "null")).map(text -> text.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @MethodSource
    void whatTwoProgramsReadDifferently(byte[] json) {
        assertThatThrownBy(() -> Bundle.parse(json)).isInstanceOf(BundleRejected.class)
                .message().hasSizeLessThan(1000);
    }

    /** The runtime takes null for nothing. */
    @Test
    void nullIsNothing() throws IOException {
        Bundle bundle = Bundle
                .parse(runcSpec().replace("\"type\": \"network\"", "\"type\": \"network\", \"path\": null")
                        .getBytes(StandardCharsets.UTF_8));
        assertThat(bundle.network()).isEqualTo(Bundle.Network.PRIVATE);
        assertThat(bundle.networkNamespace()).isEmpty();
        assertThat(DEFAULT.judge(bundle).count()).isZero();
        assertThat(judge(with("/hooks", "{\"prestart\":[]}")).count()).isZero();
    }

    @Test
    void whatIsMissingIsRefusedWhereTheHostsWouldBeShared() throws IOException {
        for (int i = 0; i < 5; i++) {
            ObjectNode config = full();
            ((ArrayNode) config.at("/linux/namespaces")).remove(i);
            assertThat(judge(config).never()).extracting(Finding::pointer).containsExactly("/linux/namespaces");
        }
        for (String field : List.of("ociVersion", "process", "linux")) {
            ObjectNode config = full();
            config.remove(field);
            assertThat(judge(config).never()).extracting(Finding::pointer).contains("/" + field);
        }
    }

    @Test
    void everythingIsToldButNoMoreThanAPersonReads() throws IOException {
        ObjectNode config = full();
        config.withObjectProperty("annotations").put("org.criu.config", "/x");
        config.set("hooks", JSON.readTree("{\"prestart\":[{}]}"));
        ((ArrayNode) config.at("/process/capabilities/bounding")).add("CAP_SYS_ADMIN");
        Findings findings = judge(config);
        assertThat(findings.reason()).contains("/hooks is {prestart}: no hooks", "/annotations/org.criu.config",
                "/process/capabilities/bounding/14 is \"CAP_SYS_ADMIN\"");
        assertThat(findings.neverReason()).doesNotContain("CAP_SYS_ADMIN");

        for (int i = 0; i < 2_000; i++) {
            config.put("field\u0007-" + i + "x".repeat(300), "y".repeat(100));
        }
        Findings many = judge(config);
        assertThat(many.count()).isEqualTo(2_003);
        assertThat(many.never()).hasSize(Findings.MAX_KEPT);
        assertThat(many.reason()).hasSizeLessThan(1000).contains("more").doesNotContain("\u0007");
    }

    @Test
    void secretsAreNotTold() throws IOException {
        ObjectNode config = full();
        ((ArrayNode) config.at("/process/env")).add("PASSWORD=hunter2".repeat(20_000));
        ((ObjectNode) config.path("process")).set("Env", JSON.readTree("[\"PASSWORD=hunter2\"]"));
        config.withObjectProperty("annotations").put("org.criu.secret", "hunter2");
        config.set("hooks", JSON.readTree("{\"prestart\":[{\"env\":[\"hunter2\"]}]}"));
        assertThat(judge(config).count()).isEqualTo(4);
        assertThat(judge(config).reason()).doesNotContain("hunter2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "..", "../other", ".", "", "rootfs/..", "/etc", "link", "real/../link",
            "dir/link/deep"})
    void aRootFileSystemOutsideOfTheBundleIsNotRead(String path) throws IOException {
        Path bundle = Files.createDirectories(directory.resolve("bundle"));
        Files.createDirectories(bundle.resolve("real"));
        Files.createDirectories(bundle.resolve("dir"));
        Files.createSymbolicLink(bundle.resolve("link"), Path.of("real"));
        Files.createDirectories(directory.resolve("elsewhere/deep"));
        Files.createSymbolicLink(bundle.resolve("dir/link"), directory.resolve("elsewhere"));
        Bundle attack = Bundle.parse(("{\"root\":{\"path\":\"" + path + "\"}}").getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> attack.rootfs(bundle)).isInstanceOf(BundleRejected.class)
                .hasMessageContaining("/root/path");
        Bundle honest = Bundle
                .parse(("{\"root\":{\"path\":\"" + bundle + "/real\"}}").getBytes(StandardCharsets.UTF_8));
        assertThat(honest.rootfs(bundle)).isEqualTo(bundle.toRealPath().resolve("real"));
    }
}
