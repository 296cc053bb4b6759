package dev.caravan.beneath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.machine.Machine;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every operation on a tree in which links to the host's files are where directories and files should be. */
@Timeout(60)
class DirectoryAttackTest {
    @TempDir
    Path work;
    private Path tree;
    private Outside outside;
    private String before;
    private Directory top;

    @BeforeEach
    void plantLinks() throws IOException {
        Machine.require("getfattr", "mkfifo");
        outside = Outside.make(work.resolve("outside"));
        tree = Files.createDirectories(work.resolve("tree"));
        Files.createSymbolicLink(tree.resolve("dir"), outside.directory());
        Files.createSymbolicLink(tree.resolve("file"), outside.directory().resolve("file"));
        Files.createSymbolicLink(tree.resolve("up"), Path.of("../outside"));
        Files.createDirectories(tree.resolve("a"));
        Files.createSymbolicLink(tree.resolve("a/root"), work);
        top = Directory.open(tree);
        before = outside.describe();
    }

    @AfterEach
    void nothingOutsideHasChanged() throws IOException {
        top.close();
        assertThat(outside.describe()).isEqualTo(before);
    }

    @Test
    void noDirectoryIsReachedThroughALink() {
        for (String path : new String[]{"dir", "dir/below", "up", "a/root", "a/root/outside", "file"}) {
            assertThatThrownBy(() -> top.directory(path)).as(path).isInstanceOf(LinkInTheWay.class)
                    .hasMessageContaining("is not followed");
        }
        for (String path : new String[]{"..", "a/../..", "/etc", "a/../../outside"}) {
            assertThatThrownBy(() -> top.directory(path)).as(path).hasMessageContaining("leads out");
        }
        assertThatThrownBy(() -> Directory.open(tree.resolve("dir"))).isInstanceOfAny(
                LinkInTheWay.class, NotDirectoryException.class);
    }

    @Test
    void noFileIsOpenedThroughALink() {
        assertThatThrownBy(() -> top.read("file")).isInstanceOf(NotRegular.class);
        assertThatThrownBy(() -> top.write("file")).isInstanceOf(NotRegular.class);
        assertThatThrownBy(() -> top.create("file")).isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> top.makeDirectory("file")).isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> top.makeNode("file", 0010000, 0, 0)).isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> top.makeLink("file", "x")).isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void metadataGoesToTheLinkItselfOrNowhere() throws IOException {
        top.setOwner("file", 1234, 1234);
        top.setModified("file", 5, 6);
        top.setAttribute("file", "trusted.t", "x");
        assertThat(top.attributes("file")).containsKey("trusted.t");
        top.removeAttribute("file", "trusted.t");
        assertThatThrownBy(() -> top.setMode("file", 0777)).isInstanceOf(IOException.class);
        assertThat(top.stat("file").uid()).isEqualTo(1234);
        assertThat(top.linkTarget("file")).isEqualTo(outside.directory().resolve("file").toString());
    }

    @Test
    void aHardLinkIsMadeToTheLinkItself() throws IOException {
        top.link(top, "file", "second");
        assertThat(Files.readAttributes(tree.resolve("second"), "unix:ino", LinkOption.NOFOLLOW_LINKS))
                .isEqualTo(Files.readAttributes(tree.resolve("file"), "unix:ino", LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void onlyTheLinkIsRemoved() throws IOException {
        top.remove("file");
        assertThatThrownBy(() -> top.removeDirectory("dir")).isInstanceOf(NotDirectoryException.class);
        Deletion.empty(top);
        assertThat(tree).isEmptyDirectory();
    }

    @Test
    void aNameIsOneNameAndNothingElse() {
        for (String name : new String[]{"..", "a/root", "", "a\0b", "\u0100"}) {
            assertThatThrownBy(() -> top.stat(name)).as(name).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> top.remove(name)).as(name).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> top.setOwner(name, 0, 0)).as(name).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void whatIsNoRegularFileIsNotOpenedAtAll() throws IOException {
        top.makeNode("fifo", 0010000, 0, 0);
        top.makeNode("watchdog", 0020000, 10, 130);
        for (String name : new String[]{"fifo", "watchdog", "a"}) {
            assertThatThrownBy(() -> top.read(name)).as(name).isInstanceOf(NotRegular.class);
            assertThatThrownBy(() -> top.write(name)).as(name).isInstanceOf(NotRegular.class);
        }
    }

    @Test
    void aDeletionStaysInsideThoughADirectoryIsExchangedMeanwhile() throws IOException {
        Path own = tree.resolve("own");
        long swaps = 0;
        for (int i = 0; i < 40; i++) {
            for (int d = 0; d < 20; d++) {
                Files.createDirectories(own.resolve("dir/below"));
                Files.writeString(own.resolve("file"), "inside");
                Files.writeString(own.resolve("n" + d), "inside");
            }
            try (Outside.Swapper swapper = new Outside.Swapper(own, outside.directory())) {
                while (swapper.swaps() == 0) {
                    Thread.onSpinWait();
                }
                Deletion.empty(top);
                swaps += swapper.swaps();
            }
            Deletion.empty(top);
            assertThat(tree).isEmptyDirectory();
        }
        assertThat(swaps).isPositive();
    }

    @Test
    void aTreeIsDeletedHoweverDeepItIs() throws IOException {
        Directory at = Directory.open(tree);
        for (int i = 0; i < 5000; i++) {
            at.makeDirectory("d");
            at.create("f").close();
            Directory below = at.directory("d");
            at.close();
            at = below;
        }
        at.close();
        Deletion.empty(top);
        assertThat(tree).isEmptyDirectory();
    }
}
