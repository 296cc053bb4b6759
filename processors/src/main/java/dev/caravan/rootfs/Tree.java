package dev.caravan.rootfs;

import dev.caravan.beneath.Directory;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Where the entries of a manifest are below a root. The directory that was looked for last stays open: entries that follow
 * each other in a manifest are mostly in one directory.
 */
final class Tree implements Closeable {
    private final Directory root;
    private TreePath current = TreePath.ROOT;
    private Directory open;

    /** Opens the root of a tree; what is mounted below it is part of it or not. */
    Tree(Path root) throws IOException {
        this.root = Directory.open(root);
        this.open = this.root;
    }

    /** The directory that holds an entry; valid until the next call. The root is in itself, see {@link TreePath#name}. */
    Directory holding(TreePath path) throws IOException {
        TreePath parent = path.parent();
        if (!parent.equals(current)) {
            Directory next = parent.isRoot() ? root : root.directory(parent.raw());
            letGo();
            open = next;
            current = parent;
        }
        return open;
    }

    /** The directory that holds an entry, for the caller to close. */
    Directory open(TreePath path) throws IOException {
        return root.directory(path.parent().raw());
    }

    private void letGo() {
        if (open != root) {
            open.close();
        }
    }

    @Override
    public void close() {
        letGo();
        root.close();
    }
}
