package dev.caravan.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {
    @TempDir
    Path directory;

    @Test
    void aSecondAgentIsRefusedAsLongAsTheFirstLives() throws Exception {
        Process first = holder();
        try {
            assertThatIllegalStateException().isThrownBy(this::take)
                    .withMessageContaining("caravan.home is " + directory + ", which another agent uses now")
                    .withMessageContaining("'lslocks'")
                    .withMessageContaining("give this one a directory of its own");
        } finally {
            first.destroyForcibly();
        }
        assertThat(first.waitFor(30, TimeUnit.SECONDS)).isTrue();
        take().close();
    }

    @Test
    void aSecondAgentInOneProgramIsRefused() throws IOException {
        DirectoryLock first = take();
        assertThatIllegalStateException().isThrownBy(this::take).withMessageContaining("another agent uses now");
        first.close();
        take().close();
    }

    @Test
    void anAgentThatWasRenamedIsRefused() throws IOException {
        take().close();
        assertThatIllegalStateException()
                .isThrownBy(() -> DirectoryLock.take("caravan.home", directory, "beta"))
                .withMessage("caravan.name is \"beta\", but caravan.home, " + directory
                        + ", was made for \"alpha\": what"
                        + " is in it is that host's. Set caravan.name to \"alpha\" again; to give the host another name,"
                        + " move its containers away and start with a new caravan.home");
        take().close();
    }

    @Test
    void itKnowsWhetherTheDirectoryWasUsedBefore() throws IOException {
        try (DirectoryLock lock = take()) {
            assertThat(lock.isNew()).isTrue();
        }
        try (DirectoryLock lock = take()) {
            assertThat(lock.isNew()).isFalse();
        }
        assertThat(Files.getPosixFilePermissions(directory.resolve(DirectoryLock.FILE)))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    private DirectoryLock take() throws IOException {
        return DirectoryLock.take("caravan.home", directory, "alpha");
    }

    /** Another program that holds the directory, until it is killed. */
    private Process holder() throws IOException {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), Holder.class.getName(),
                directory.toString()).inheritIO().start();
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(directory.resolve("held")));
        return process;
    }

    /** What the other program does. */
    static final class Holder {
        private Holder() {
        }

        public static void main(String[] arguments) throws Exception {
            Path directory = Path.of(arguments[0]);
            try (DirectoryLock lock = DirectoryLock.take("caravan.home", directory, "alpha")) {
                Files.createFile(directory.resolve("held"));
                Thread.currentThread().join();
            }
        }
    }
}
