package dev.caravan.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.criu.CommandOutcome;
import dev.caravan.criu.CommitGate;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState.Status;
import dev.caravan.criu.ContainerState;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.journal.StagePath;
import dev.caravan.machine.Machine;
import dev.caravan.migration.Facts;
import dev.caravan.migration.Migrations;
import dev.caravan.network.ContainerNetwork;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CleanupTest {
    @TempDir
    Path directory;
    private final UUID id = UUID.randomUUID();
    private final List<String> resumed = new ArrayList<>();
    private final List<String> commands = new ArrayList<>();
    private String failing = "nothing";

    /** Of a container that is being dumped runc says that it runs, but the dump ends with freezing it again. */
    @ParameterizedTest
    @EnumSource(names = {"PAUSED", "RUNNING"})
    void aContainerThatMayBeFrozenIsResumedBeforeItsImagesGo(Status status) throws IOException {
        Path image = image();
        cleanup(status, image).source(id, "web");
        assertThat(resumed).containsExactly("web, images there: true");
        assertThat(image).doesNotExist();
    }

    @Test
    void aContainerThatHasEndedIsNotResumed() throws IOException {
        Path image = image();
        cleanup(Status.STOPPED, image).source(id, "web");
        assertThat(resumed).isEmpty();
        assertThat(image).doesNotExist();
    }

    @Test
    void whatIsInDoubtLeavesNoMemoryBehind() throws IOException {
        Path image = image();
        cleanup(Status.PAUSED, image).inDoubt(id);
        assertThat(resumed).isEmpty();
        assertThat(image).doesNotExist();
    }

    @Test
    void aReleaseThatWasCutOffIsFinishedThoughTheRuntimeKnowsTheContainerNoMore() throws IOException {
        Path image = image();
        Path bundle = Files.createDirectories(directory.resolve("web/rootfs")).getParent();
        Path elsewhere = Files.createDirectories(directory.resolveSibling("a-users-own"));
        try (Journal journal = new Journal(directory.resolve("journal.db"))) {
            journal.open(id, Role.SOURCE, "web", "alpha", "beta");
            journal.remember(id, Facts.BUNDLE, bundle);
            cleanup(Status.ABSENT, image, journal).releaseSource(id, "web");
            assertThat(bundle).doesNotExist();
            assertThat(image).doesNotExist();

            journal.remember(id, Facts.BUNDLE, elsewhere);
            cleanup(Status.ABSENT, image, journal).releaseSource(id, "web");
            assertThat(elsewhere).as("what was not brought by a migration").exists();
        }
    }

    /** What its configuration calls its namespace may be gone, or never have been one. */
    @ParameterizedTest
    @ValueSource(strings = {"", "/run/netns/gone", "/etc/passwd"})
    void theFenceOfAContainerThatLivesIsLoweredWhereItIs(String namespace) throws IOException {
        try (Journal journal = frozen(namespace)) {
            cleanup(Status.PAUSED, image(), journal).source(id, "web");
        }
        assertThat(commands).containsExactly("nsenter --net=/proc/1/ns/net -- nft -f -");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/run/netns/gone", "/etc/passwd"})
    void nobodyWaitsForTheNetworkOfAContainerThatHasEnded(String namespace) throws IOException {
        failing = "nsenter";
        try (Journal journal = frozen(namespace)) {
            cleanup(Status.ABSENT, image(), journal).source(id, "web");
            cleanup(Status.ABSENT, image(), journal).releaseSource(id, "web");
        }
    }

    @Test
    void aContainerThatWasNeverFencedIsNotUnfenced() throws IOException {
        failing = "nsenter";
        try (Journal journal = new Journal(directory.resolve("journal.db"))) {
            journal.open(id, Role.SOURCE, "web", "alpha", "beta");
            StagePath.lead(journal, id, Stage.SYNCING);
            cleanup(Status.RUNNING, image(), journal).source(id, "web");
        }
        assertThat(commands).isEmpty();
    }

    @Test
    void theLinkGoesUpAgainWhenACommitIsTakenBack() throws IOException {
        try (Journal journal = frozen("/run/netns/web")) {
            StagePath.lead(journal, id, Stage.COMMITTING);
            journal.enter(id, Stage.ROLLING_BACK, "beta never opened its gate");
            cleanup(Status.PAUSED, image(), journal).source(id, "web");
        }
        assertThat(resumed).hasSize(1);
        assertThat(commands).containsSubsequence("ip link set cv0 up", "nsenter --net=/proc/1/ns/net -- nft -f -");
    }

    @Test
    void memoryIsWipedThoughTheContainerCannotBeThawed() throws IOException {
        failing = "resume";
        Path image = image();
        assertThatThrownBy(() -> cleanup(Status.PAUSED, image).source(id, "web")).hasMessage("resume failed");
        assertThat(image).doesNotExist();
    }

    @Test
    void memoryIsWipedThoughWhatIsHeldCannotBeRemovedAndItsGateStays() throws IOException {
        failing = "remove";
        Path image = image();
        Path gate = image.resolveSibling("../gate").normalize();
        new CommitGate(gate).install();
        Files.writeString(gate.resolve("work"), "/w"); // a restore was begun
        try (Journal journal = frozen("")) {
            Cleanup cleanup = cleanup(Status.ABSENT, image, journal);
            assertThatThrownBy(() -> cleanup.destination(id, "web")).hasMessage("remove failed");
            assertThat(image).doesNotExist();
            assertThat(new CommitGate(gate).decision()).isEqualTo(CommitGate.Decision.CLOSED);
            failing = "nothing";
            cleanup.destination(id, "web");
            assertThat(gate).doesNotExist();
        }
    }

    @Test
    void filesAndMemoryGoThoughTheNetworkCannotBeRemoved() throws IOException {
        failing = "ip";
        Path image = image();
        Path bundle = Files.createDirectories(directory.resolve("web/rootfs")).getParent();
        try (Journal journal = frozen("/run/netns/alpha-web")) {
            journal.remember(id, Facts.PLACE_TAKEN, "web");
            journal.remember(id, Facts.BUNDLE, bundle);
            Cleanup cleanup = cleanup(Status.ABSENT, image, journal);
            assertThatThrownBy(() -> cleanup.destination(id, "web")).hasMessage("ip failed");
            assertThat(bundle).doesNotExist();
            assertThat(image).doesNotExist();

            Files.createDirectories(bundle);
            Path again = image();
            assertThat(cleanup.releaseSource(id, "web")).isEqualTo("the network /run/netns/alpha-web at alpha cannot be"
                    + " removed (ip failed); remove it by 'ip netns delete'");
            assertThat(bundle).doesNotExist();
            assertThat(again).doesNotExist();
        }
    }

    /** What ip prints of a container's link. */
    private static String printed(String command) {
        if (command.endsWith("type veth")) {
            return "[{\"ifname\":\"cv0\",\"ifindex\":9,\"link_index\":2}]";
        }
        return command.startsWith("nsenter") && command.endsWith("link show")
                ? "[{\"ifname\":\"eth0\",\"ifindex\":2,\"link_index\":9,\"link_type\":\"ether\",\"flags\":[\"UP\"]}]"
                : "[]";
    }

    /** As a CRIU that was killed leaves it. */
    @Test
    void nobodyWaitsForWhatIsMountedAmongTheLogs() throws IOException {
        Machine.require("mount", "umount");
        Path image = image();
        Path mounted = Files.createDirectories(image.resolveSibling("../logs/.criu.cgyard").normalize());
        Machine.run("mount", "-t", "tmpfs", "none", mounted.toString());
        try (Journal journal = frozen("")) {
            assertThat(cleanup(Status.ABSENT, image, journal).releaseSource(id, "web")).isEmpty();
            assertThat(image).doesNotExist();
        } finally {
            Machine.run("umount", mounted.toString());
        }
    }

    private Journal frozen(String namespace) {
        Journal journal = new Journal(directory.resolve("journal.db"));
        journal.open(id, Role.SOURCE, "web", "alpha", "beta");
        StagePath.lead(journal, id, Stage.FREEZING);
        journal.remember(id, Facts.NAMESPACE, Path.of(namespace));
        return journal;
    }

    private Path image() throws IOException {
        Path images = Files.createDirectories(
                directory.resolve("migrations").resolve(id.toString()).resolve("images"));
        return Files.writeString(images.resolve("pages-1.img"), "memory");
    }

    private Cleanup cleanup(Status status, Path image) {
        return cleanup(status, image, null);
    }

    /** A host whose network counts only with a journal. */
    private Cleanup cleanup(Status status, Path image, Journal journal) {
        ContainerRuntime runtime = (ContainerRuntime) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[]{ContainerRuntime.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals(failing)) {
                        throw new IllegalStateException(failing + " failed");
                    }
                    return switch (method.getName()) {
                        case "state" -> new ContainerState("web", status, 1, null);
                        case "resume" -> {
                            resumed.add(arguments[0] + ", images there: " + Files.exists(image));
                            yield null;
                        }
                        case "remove" -> null;
                        case "tidy" -> null;
                        default -> throw new AssertionError("unexpected: " + method);
                    };
                });
        ContainerNetwork network = new ContainerNetwork(command -> {
            commands.add(String.join(" ", command.arguments()));
            if (command.arguments().get(0).equals(failing)) {
                throw new IOException(failing + " failed");
            }
            return new CommandOutcome(0, printed(commands.get(commands.size() - 1)), "");
        }, "br0");
        return new Cleanup(new Platform("alpha", directory, directory, journal == null ? null : network, "/test",
                journal == null ? null : new Migrations(journal), runtime, null));
    }
}
