package dev.caravan.rootfs;

import dev.caravan.beneath.Directory;
import dev.caravan.beneath.OpenFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Brings a tree to the disk, so that it is as it was made after a loss of power. */
public interface TreeSync {
    /** By the kernel: fsync(2) and syncfs(2). */
    TreeSync DISK = new Disk();

    /** The whole tree in {@code directory}, and whatever else its file system keeps in memory. */
    void whole(Path directory) throws IOException;

    /** What a plan has made, changed and deleted in the tree in {@code directory}, which was on the disk before. */
    void changes(Path directory, RootfsPlan plan) throws IOException;

    /** The kernel's disk. */
    final class Disk implements TreeSync {
        /** So many files and directories are written one by one: others on the file system may have gigabytes to write. */
        private static final int MAX_SINGLE = 128;

        private Disk() {
        }

        @Override
        public void whole(Path directory) throws IOException {
            try (Directory top = Directory.open(directory)) {
                top.sync();
            }
        }

        @Override
        public void changes(Path directory, RootfsPlan plan) throws IOException {
            if (plan.isEmpty() && plan.untouched().isEmpty()) {
                return;
            }
            List<RootfsEntry> touched = new ArrayList<>(plan.untouched());
            touched.addAll(plan.outcomes());
            // what cannot be opened, as a link or a device, cannot be written by itself
            boolean all = plan.created().stream().anyMatch(entry -> !single(entry)) || touched.size() > MAX_SINGLE;
            if (all) {
                whole(directory);
                return;
            }
            try (Tree tree = new Tree(directory)) {
                for (RootfsEntry entry : touched) {
                    force(tree, entry);
                }
            }
        }

        private static boolean single(RootfsEntry entry) {
            return entry.type() == EntryType.FILE || entry.type() == EntryType.DIRECTORY;
        }

        private static void force(Tree tree, RootfsEntry entry) throws IOException {
            Directory holding = tree.holding(entry.path());
            if (entry.type() == EntryType.FILE) {
                try (OpenFile file = holding.read(entry.path().name())) {
                    file.force();
                }
            } else if (entry.path().isRoot()) {
                holding.force();
            } else {
                try (Directory itself = holding.directory(entry.path().name())) {
                    itself.force();
                }
            }
        }
    }
}
