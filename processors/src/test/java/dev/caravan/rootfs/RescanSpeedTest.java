package dev.caravan.rootfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RescanSpeedTest {
    @TempDir
    Path work;

    @Test
    void tenThousandUnchangedFilesTakeLittleTimeWhileFrozen() throws IOException {
        for (int d = 0; d < 500; d++) {
            Path directory = Files.createDirectories(work.resolve("d" + d % 20).resolve("e" + d));
            for (int f = 0; f < 20; f++) {
                Files.write(directory.resolve("file" + f), new byte[]{(byte) d, (byte) f});
            }
        }
        RootfsScanner scanner = new RootfsScanner(Clock.offset(Clock.systemUTC(), Duration.ofMinutes(1)));
        RootfsScan first = scanner.scan(work, Transfer.WANTED);
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            long begin = System.nanoTime();
            RootfsScan again = scanner.rescan(work, first, Set.of(), Transfer.WANTED);
            ManifestDelta delta = ManifestDelta.between(first.manifest(), again.manifest());
            long millis = (System.nanoTime() - begin) / 1_000_000;
            best = Math.min(best, millis);
            assertThat(delta.changed()).isEmpty();
        }
        assertThat(best).as("milliseconds").isLessThan(500);
    }
}
