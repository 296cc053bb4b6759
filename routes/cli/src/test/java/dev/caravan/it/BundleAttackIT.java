package dev.caravan.it;

import static dev.caravan.it.TestLab.ALPHA;
import static dev.caravan.it.TestLab.BETA;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Containers whose configuration would command their destination: they are refused while they run, and run on. */
@ExtendWith(RealLab.class)
@Timeout(180)
class BundleAttackIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NAME = "attacker";

    private final TestLab lab;
    @TempDir
    private Path directory;

    BundleAttackIT(TestLab lab) {
        this.lab = lab;
    }

    @BeforeEach
    void start() {
        lab.run(ALPHA, NAME, null, "/bin/sleep", "600");
    }

    @AfterEach
    void clear() {
        lab.clear();
    }

    @Test
    void aHookIsRefusedAndDoesNotRun() throws Exception {
        Path owned = directory.resolve("owned");
        configure(config -> config.withObjectProperty("hooks").putArray("createRuntime").addObject()
                .put("path", "/bin/touch").putArray("args").add("touch").add(owned.toString()));
        restart();
        assertThat(owned).as("the hook works").exists();
        Files.delete(owned);

        refusedAtSource("/hooks is {createRuntime}", "no hooks are taken");
        assertThat(owned).doesNotExist();
    }

    @Test
    void anAnnotationThatSteersCriuIsRefused() throws Exception {
        configure(config -> config.withObjectProperty("annotations").put("org.criu.config", "/rootfs/criu.conf"));
        refusedAtSource("/annotations/org.criu.config", "CRIU");
    }

    @Test
    void aKeyThatOnlyTheRuntimeUnderstandsIsRefused() throws Exception {
        configure(config -> config.withObjectProperty("Hooks").putArray("Prestart").addObject().put("path", "/bin/sh"));
        refusedAtSource("/Hooks", "write it so");
    }

    @Test
    void theHostsFilesAreForTheDestinationToGive() throws Exception {
        configure(config -> mount(config, Path.of("/")));
        JsonNode refused = refused("admission", "it-beta does not take " + NAME, "is \"/\"",
                "\"hostPaths\" in caravan.admission");
        assertThat(refused.path("rounds")).isEmpty();
    }

    @Test
    void aHostPathMovesToADestinationThatAdmitsIt() throws Exception {
        Path data = Files.createDirectory(directory.resolve("data"));
        configure(config -> mount(config, data));
        restart();
        Path admission = lab.lab().plan().home().resolve("hosts").resolve(BETA).resolve("admission.json");
        String before = Files.readString(admission);
        Files.writeString(admission, "{\"hostPaths\": [{\"path\": \"" + data.toRealPath() + "\"}]}");
        restartBeta();
        try {
            CommandResult result = lab.migrate(NAME, BETA);
            assertThat(result.exitCode()).as(result.toString()).isZero();
            lab.assertOnlyAt(BETA, NAME);
            assertThat(lab.bundle(BETA, NAME).resolve("config.json")).content().contains(data.toRealPath().toString());
        } finally {
            Files.writeString(admission, before);
            restartBeta();
        }
    }

    private void refusedAtSource(String... said) throws Exception {
        JsonNode report = refused("bundle", said);
        assertThat(report.path("sentBytes").asLong()).isZero();
        assertThat(report.path("batches").asLong()).isZero();
    }

    private JsonNode refused(String error, String... said) throws Exception {
        CommandResult result = lab.migrate(NAME, BETA);
        assertThat(result.exitCode()).as(result.toString()).isEqualTo(3);
        JsonNode report = result.json();
        assertThat(report.path("outcome").asText()).isEqualTo("refused");
        assertThat(report.path("error").asText()).isEqualTo(error);
        assertThat(report.path("reason").asText()).contains(said);
        assertThat(report.path("downtimeMillis").isNull()).isTrue();
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> lab.assertOnlyAt(ALPHA, NAME));
        return report;
    }

    private static void mount(ObjectNode config, Path source) {
        config.withArrayProperty("mounts").addObject().put("destination", "/host").put("type", "bind")
                .put("source", source.toString()).putArray("options").add("bind").add("ro");
    }

    private void configure(Consumer<ObjectNode> change) throws Exception {
        Path file = lab.bundle(ALPHA, NAME).resolve("config.json");
        ObjectNode config = (ObjectNode) JSON.readTree(Files.readAllBytes(file));
        change.accept(config);
        Files.write(file, JSON.writeValueAsBytes(config));
    }

    /** Runs the container anew, by its configuration as it is now. */
    private void restart() {
        String root = lab.runcRoot(ALPHA).toString();
        CommandResult.run("runc", "--root", root, "delete", "--force", NAME);
        // its outputs go nowhere, for a file outside of it could not move with it
        CommandResult.run("sh", "-c",
                "exec runc --root \"$1\" run --detach --bundle \"$2\" \"$3\" </dev/null >/dev/null 2>&1",
                "sh", root, lab.bundle(ALPHA, NAME).toString(), NAME);
    }

    private void restartBeta() {
        lab.lab().kill("agent-" + BETA);
        lab.lab().start("agent-" + BETA);
    }
}
