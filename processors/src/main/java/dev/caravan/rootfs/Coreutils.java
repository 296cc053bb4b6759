package dev.caravan.rootfs;

import dev.caravan.command.Command;
import dev.caravan.command.CommandRunner;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * Special files by the programs of coreutils. Paths reach them through {@code xargs -0}, because Java's own program
 * arguments cannot hold every byte.
 */
public final class Coreutils implements SpecialFiles {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final CommandRunner commands;

    public Coreutils(CommandRunner commands) {
        this.commands = commands;
    }

    @Override
    public void fifos(Collection<String> rawPaths) throws IOException {
        each(rawPaths, "xargs", "-0", "-r", "mkfifo", "-m", "0600", "--");
    }

    @Override
    public void devices(Collection<Device> devices) throws IOException {
        List<String> arguments = new ArrayList<>();
        for (Device device : devices) {
            arguments.addAll(List.of(device.rawPath(), device.block() ? "b" : "c", Integer.toString(device.major()),
                    Integer.toString(device.minor())));
        }
        each(arguments, "xargs", "-0", "-r", "-n", "4", "mknod", "-m", "0600", "--");
    }

    @Override
    public void links(Collection<Link> links) throws IOException {
        List<String> arguments = new ArrayList<>();
        links.forEach(link -> arguments.addAll(List.of(link.rawTarget(), link.rawPath())));
        each(arguments, "xargs", "-0", "-r", "-n", "2", "ln", "-s", "-T", "--");
    }

    @Override
    public void touch(Collection<String> rawPaths, long seconds, int nanos) throws IOException {
        String time = "@" + BigDecimal.valueOf(seconds).add(BigDecimal.valueOf(nanos, 9)).toPlainString();
        each(rawPaths, "xargs", "-0", "-r", "touch", "-h", "-c", "-m", "-d", time, "--");
    }

    @Override
    public void sync(String rawPath) throws IOException {
        each(List.of(rawPath), "xargs", "-0", "-r", "sync", "-f", "--");
    }

    private void each(Collection<String> raw, String... command) throws IOException {
        if (!raw.isEmpty()) {
            commands.run(new Command(Arrays.asList(command), AttrTools.bytes(String.join("\0", raw) + '\0'), TIMEOUT));
        }
    }
}
