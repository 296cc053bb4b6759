package dev.caravan.rootfs;

import static dev.caravan.machine.Machine.run;
import static dev.caravan.rootfs.SampleTree.describe;
import static dev.caravan.rootfs.SampleTree.random;
import static dev.caravan.rootfs.SampleTree.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.machine.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What would be on the disk of a destination that loses its power: a copy of the disk as it is, without what is in memory. */
class PowerLossTest {
    private final RootfsScanner scanner = new RootfsScanner(
            Clock.offset(Clock.systemUTC(), Duration.ofMinutes(1)));

    @TempDir
    Path work;
    private Path source;
    private Path disk;
    private Path mounted;
    private Transfer transfer;

    @BeforeEach
    void mount() throws IOException {
        Machine.require("mknod", "getfattr", "setfattr", "mkfs.ext4");
        source = work.resolve("source");
        disk = work.resolve("disk");
        mounted = Files.createDirectory(work.resolve("mounted"));
        run("truncate", "-s", "64M", disk.toString());
        run("mkfs.ext4", "-q", "-F", disk.toString());
        run("mount", "-o", "loop", disk.toString(), mounted.toString());
        transfer = new Transfer(source, mounted.resolve("rootfs"),
                ChunkStore.open(work.resolve("store"), 1 << 30).of(SampleTree.SOURCE));
        SampleTree.make(source);
    }

    @AfterEach
    void unmount() throws IOException {
        if (mounted != null) {
            run("umount", mounted.toString());
        }
    }

    /** What another machine finds on the disk. */
    private String afterPowerLoss() throws IOException {
        Path copy = work.resolve("copy");
        Path found = Files.createDirectories(work.resolve("found"));
        run("cp", "--sparse=always", disk.toString(), copy.toString());
        run("mount", "-o", "loop", copy.toString(), found.toString());
        try {
            return describe(found.resolve("rootfs"));
        } finally {
            run("umount", found.toString());
        }
    }

    @Test
    void whatWasBuiltWhileTheContainerRunsIsOnTheDisk() throws IOException {
        transfer.prepare(scanner.scan(source, Transfer.WANTED).manifest());
        assertThat(afterPowerLoss()).isEqualTo(describe(source));
    }

    /** A link cannot be written by itself, so that the whole file system is. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatHasChangedSinceIsOnTheDisk(boolean link) throws IOException {
        RootfsScan before = scanner.scan(source, Transfer.WANTED);
        transfer.prepare(before.manifest());
        write(source.resolve("usr/bin/su"), random(300_000, 7));
        write(Files.createDirectories(source.resolve("var/lib")).resolve("new"), random(70_000, 8));
        Files.delete(source.resolve("fifo"));
        run("chmod", "0640", source.resolve("empty").toString());
        if (link) {
            Files.createSymbolicLink(source.resolve("var/link"), Path.of("lib/new"));
        }
        RootfsScan now = scanner.rescan(source, before, Set.of(), Transfer.WANTED);
        transfer.complete(before.manifest(), now.manifest());
        assertThat(afterPowerLoss()).isEqualTo(describe(source));
    }
}
