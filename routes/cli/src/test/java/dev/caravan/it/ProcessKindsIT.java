package dev.caravan.it;

import static dev.caravan.it.TestLab.ALPHA;
import static dev.caravan.it.TestLab.BETA;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Processes of several kinds keep what they hold and go on where they were. */
@ExtendWith(RealLab.class)
@Timeout(180)
class ProcessKindsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String NAME = "kind";
    private static final int STEPS = 100;

    private final TestLab lab;

    ProcessKindsIT(TestLab lab) {
        this.lab = lab;
    }

    @AfterEach
    void clear() {
        lab.clear();
    }

    /** What the program writes: a number that it drew when it started, and how far it has come. */
    private record Seen(String start, long count) {
        static Seen at(Path rootfs) throws IOException {
            Path progress = rootfs.resolve("progress");
            String[] words = Files.exists(progress) ? Files.readString(progress).strip().split(" ") : new String[0];
            return words.length == 2 ? new Seen(words[0], Long.parseLong(words[1])) : new Seen("", -1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "forks", "shared", "deleted"})
    void contentsAndProgressAreKept(String kind) throws Exception {
        lab.run(ALPHA, NAME, null, lab.compile("workload").toString(), kind);
        Seen before = comeFurther(lab.rootfs(ALPHA, NAME), 0);

        for (String to : new String[]{BETA, ALPHA}) {
            CommandResult result = lab.migrate(NAME, to);
            assertThat(result.exitCode()).as(result.toString()).isZero();
            Seen after = comeFurther(lab.rootfs(to, NAME), before.count());
            assertThat(after.start()).as("the same process").isEqualTo(before.start());
            assertThat(lab.rootfs(to, NAME).resolve("broken")).doesNotExist();
            lab.assertOnlyAt(to, NAME);
            before = after;
        }
    }

    private static Seen comeFurther(Path rootfs, long count) {
        return Awaitility.await().atMost(PATIENCE).until(() -> Seen.at(rootfs), seen -> seen.count() > count + STEPS);
    }
}
