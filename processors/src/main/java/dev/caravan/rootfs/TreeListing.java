package dev.caravan.rootfs;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;

/** Lists a whole tree at once, far quicker than Java can look at one file after the other. */
@FunctionalInterface
public interface TreeListing {

    /** Takes what is found, in any order. */
    @FunctionalInterface
    interface Visitor {

        /**
         * @param path    where it is
         * @param inode   which file it is
         * @param changed when anything about it last changed
         */
        void found(TreePath path, long inode, Instant changed);
    }

    /** Lists everything below {@code root}, itself included, without following symbolic links. */
    void list(Path root, Visitor visitor) throws IOException;
}
