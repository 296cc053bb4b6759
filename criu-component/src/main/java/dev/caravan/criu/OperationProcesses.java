package dev.caravan.criu;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The runc that dumps or restores a container, and the CRIU that it has started and that outlives it, whoever started
 * them. runc is known by a variable of its environment. CRIU, which writes its title over that, is known by its working
 * directory.
 */
final class OperationProcesses {

    /** The environment variable that names what is checkpointed: runc's state directory of the container. */
    static final String CHECKPOINT_OF = "CARAVAN_CHECKPOINT_OF";

    /** The same of what is restored. */
    static final String RESTORE_OF = "CARAVAN_RESTORE_OF";

    private final String entry;
    private final Optional<Path> work;

    /**
     * @param mark
     *            {@link #CHECKPOINT_OF} or {@link #RESTORE_OF}
     * @param root
     *            runc's state directory of all containers
     * @param id
     *            the container's name
     * @param work
     *            where its CRIU works, as far as that is known
     */
    OperationProcesses(String mark, Path root, String id, Optional<Path> work) {
        this.entry = mark + "=" + value(root, id);
        this.work = work;
    }

    /** The value of a mark for a container. */
    static String value(Path root, String id) {
        return root.toAbsolutePath().normalize().resolve(id).toString();
    }

    /** An environment with a container's mark in it. */
    static Map<String, String> marked(Map<String, String> environment, String mark, Path root, String id) {
        Map<String, String> marked = new HashMap<>(environment);
        marked.put(mark, value(root, id));
        return marked;
    }

    /** They; none if the operation is not under way. */
    List<ProcessHandle> running() {
        return ProcessEntry.all(process -> process.ofThisHost() && (process.environment().contains(entry)
                || work.isPresent() && process.link("cwd").equals(work)));
    }

    /** They, and what they have started, as the processes of a container that is being restored. */
    List<ProcessHandle> family() {
        return running().stream().flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
                .distinct().toList();
    }

    /** What differs as long as one of {@code processes} does anything. */
    static String progress(List<ProcessHandle> processes) {
        return processes.stream().map(process -> new ProcessEntry(process.pid()).progress())
                .collect(Collectors.joining());
    }
}
