package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreezerTest {

    @TempDir
    Path directory;

    private Path cgroup(String file, String content) throws IOException {
        Path cgroup = Files.createDirectory(directory.resolve("box"));
        Files.writeString(directory.resolve("cgroup.procs"), "");
        Files.writeString(cgroup.resolve("cgroup.procs"), "");
        Files.writeString(cgroup.resolve(file), content);
        return cgroup;
    }

    @Test
    void versionOneIsWrittenAndReadInOneFile() throws Exception {
        Path cgroup = cgroup("freezer.state", "THAWED\n");
        Freezer freezer = new Freezer(cgroup);
        assertThat(freezer.usable()).isTrue();
        assertThat(freezer.frozen()).isFalse();
        assertThat(freezer.freeze()).isTrue();
        assertThat(freezer.frozen()).isTrue();
        freezer.thaw();
        assertThat(freezer.frozen()).isFalse();
    }

    @Test
    void versionTwoIsFrozenWhenItsEventsSaySo() throws Exception {
        Path cgroup = cgroup("cgroup.freeze", "0\n");
        Files.writeString(cgroup.resolve("cgroup.events"), "populated 1\nfrozen 0\n");
        Freezer freezer = new Freezer(cgroup);
        assertThat(freezer.frozen()).isFalse();
        Files.writeString(cgroup.resolve("cgroup.events"), "populated 1\nfrozen 1\n");
        assertThat(freezer.freeze()).isTrue();
        assertThat(cgroup.resolve("cgroup.freeze")).hasContent("1");
        freezer.thaw();
        assertThat(cgroup.resolve("cgroup.freeze")).hasContent("0");
    }

    @Test
    void aRootCgroupIsNotUsable() throws Exception {
        Path root = Files.createDirectory(directory.resolve("freezer"));
        Files.writeString(root.resolve("freezer.state"), "THAWED");
        assertThat(new Freezer(root).usable()).isFalse();
    }

    @Test
    void aCgroupThatHoldsThisProcessIsNotEmptied() throws Exception {
        Path cgroup = cgroup("freezer.state", "THAWED\n");
        Files.writeString(cgroup.resolve("cgroup.procs"), ProcessHandle.current().pid() + "\n");
        assertThatThrownBy(() -> new Freezer(cgroup).killAll()).isInstanceOf(IOException.class)
                .hasMessageContaining("not the container's own");
    }

    @Test
    void membersAreThoseOfCgroupsBelowToo() throws Exception {
        Path cgroup = cgroup("freezer.state", "THAWED\n");
        Files.writeString(cgroup.resolve("cgroup.procs"), "12\n13\n");
        Path below = Files.createDirectory(cgroup.resolve("below"));
        Files.writeString(below.resolve("cgroup.procs"), "14\n");
        assertThat(new Freezer(cgroup).members()).containsExactlyInAnyOrder(12L, 13L, 14L);
    }
}
