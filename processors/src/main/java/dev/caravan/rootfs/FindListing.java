package dev.caravan.rootfs;

import dev.caravan.command.Command;
import dev.caravan.command.CommandRunner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;

/** Lists a tree by {@code find}, started by {@code xargs} because Java's program arguments cannot hold every byte. */
public final class FindListing implements TreeListing {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final CommandRunner commands;

    public FindListing(CommandRunner commands) {
        this.commands = commands;
    }

    @Override
    public void list(Path root, Visitor visitor) throws IOException {
        byte[] output = commands.run(Command
                .of("xargs", "-0", "-I{}", "find", "{}", "-ignore_readdir_race", "-printf", "%i %C@ %P\\0")
                .within(TIMEOUT).withInput(AttrTools.bytes(TreePath.rawOf(root) + '\0')));
        int start = 0;
        for (int end = 0; end < output.length; end++) {
            if (output[end] == 0) {
                parse(new String(output, start, end - start, StandardCharsets.ISO_8859_1), visitor);
                start = end + 1;
            }
        }
    }

    /** A line is: inode, seconds with a fraction of ten digits of which nine count, path. */
    private static void parse(String line, Visitor visitor) throws IOException {
        int point = line.indexOf('.');
        int first = line.indexOf(' ');
        int second = line.indexOf(' ', first + 1);
        try {
            if (first < 0 || point < first || second < point + 10) {
                throw new NumberFormatException(line);
            }
            long inode = Long.parseUnsignedLong(line, 0, first, 10);
            Instant changed = Instant.ofEpochSecond(Long.parseLong(line, first + 1, point, 10),
                    Integer.parseInt(line, point + 1, point + 10, 10));
            visitor.found(new TreePath(line.substring(second + 1)), inode, changed);
        } catch (NumberFormatException | DateTimeException e) {
            throw new IOException("find printed something else than it was asked for", e);
        }
    }
}
