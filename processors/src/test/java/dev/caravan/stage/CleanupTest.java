package dev.caravan.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.ContainerState.Status;
import dev.caravan.criu.ContainerState;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Role;
import dev.caravan.migration.Facts;
import dev.caravan.migration.Migrations;
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

class CleanupTest {
    @TempDir
    Path directory;
    private final UUID id = UUID.randomUUID();
    private final List<String> resumed = new ArrayList<>();

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

    private Path image() throws IOException {
        Path images = Files.createDirectories(
                directory.resolve("migrations").resolve(id.toString()).resolve("images"));
        return Files.writeString(images.resolve("pages-1.img"), "memory");
    }

    private Cleanup cleanup(Status status, Path image) {
        return cleanup(status, image, null);
    }

    private Cleanup cleanup(Status status, Path image, Journal journal) {
        ContainerRuntime runtime = (ContainerRuntime) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[]{ContainerRuntime.class}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "state" -> new ContainerState("web", status, 1, null);
                    case "resume" -> {
                        resumed.add(arguments[0] + ", images there: " + Files.exists(image));
                        yield null;
                    }
                    case "remove" -> null;
                    default -> throw new AssertionError("unexpected: " + method);
                });
        return new Cleanup(new Platform("alpha", directory, directory, null, "/test",
                journal == null ? null : new Migrations(journal), runtime, null));
    }
}
