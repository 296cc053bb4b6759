package dev.caravan.image;

import dev.caravan.wire.Excerpt;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The rules for {@code cgroup.img} ({@code images/cgroup.proto}). As root CRIU makes the cgroups that it names, sets their
 * properties and moves processes there. The runtime gives it the container's cgroup here, which it puts in the place of
 * each controller's topmost one in the image; what is not at or below that one stays where the image has it, also in the
 * cgroups of the host. CRIU joins the paths in buffers of 4096 bytes that it does not guard.
 */
final class CgroupRules {
    private static final String FILE = "cgroup.img";
    private static final int MAGIC = 0x59383330;
    private static final Set<String> CONTROLLERS = Set.of("", "cpu", "cpuacct", "cpuset", "memory", "devices",
            "freezer",
            "blkio", "pids", "net_cls", "net_prio", "perf_event", "hugetlb", "rdma", "misc", "name=systemd");
    /** What a cgroup's own files are called that CRIU saves. Of others, one moves processes of the host. */
    private static final Set<String> OWN_PROPERTIES = Set.of("cgroup.clone_children", "notify_on_release",
            "cgroup.procs", "tasks", "cgroup.subtree_control", "cgroup.max.descendants", "cgroup.max.depth",
            "cgroup.freeze", "cgroup.type");
    private static final Pattern PROPERTY = Pattern.compile(
            "(cpu|cpuset|memory|devices|freezer|blkio|pids|net_cls|net_prio|hugetlb|io)(\\.[A-Za-z0-9_]{1,64}){1,4}");
    private static final Pattern VALUE = Pattern.compile("[\\x20-\\x7e\\n\\t]{0,1024}");
    private static final Pattern PATH = Pattern.compile("[\\x21-\\x7e]{1,512}");
    private static final int MAX_PATH = 512;
    private static final int MAX_CGROUPS = 4096;
    private static final long WRITABLE_BY_OTHERS = 022;

    /** The container's cgroup in each hierarchy, by the hierarchy's controllers. */
    private final Map<Set<String>, String> tops = new HashMap<>();
    private int cgroups;

    private CgroupRules() {
    }

    /** @param ownNamespace whether the container has a cgroup namespace */
    static void require(Path file, boolean ownNamespace) throws IOException {
        List<ProtobufMessage> records = ImageRecords.read(file, MAGIC);
        if (records.size() > 1) {
            throw rejected("it has " + records.size() + " records; one is allowed");
        }
        for (ProtobufMessage record : records) {
            new CgroupRules().entry(record, ownNamespace);
        }
    }

    private void entry(ProtobufMessage entry, boolean ownNamespace) throws ImageRejected {
        Set<String> seen = new HashSet<>();
        for (ProtobufMessage controller : entry.messages(2)) {
            List<String> names = controller.texts(1);
            for (String name : names) {
                if (!CONTROLLERS.contains(name) || name.isEmpty() && names.size() > 1 || !seen.add(name)) {
                    throw rejected("it has the controller " + quoted(name) + "; known ones are allowed, each once");
                }
            }
            if (names.isEmpty()) {
                throw rejected("it has a hierarchy without controllers");
            }
            List<ProtobufMessage> directories = controller.messages(2);
            if (directories.size() != 1) {
                throw rejected("controller " + quoted(names.get(0)) + " has " + directories.size()
                        + " topmost cgroups; one is allowed, the container's");
            }
            tops.put(Set.copyOf(names), top(directories.get(0)));
        }
        for (ProtobufMessage set : entry.messages(1)) {
            set(set, ownNamespace);
        }
    }

    private String top(ProtobufMessage directory) throws ImageRejected {
        String name = directory.text(1);
        requirePath("/" + name);
        directory(directory, name.length() + 1, true);
        return "/" + name;
    }

    /**
     * A cgroup and those below.
     *
     * @param length of its path
     * @param top    whether it is the topmost, where CRIU saves the freezer's state with permissions that nothing has
     *               set ({@code add_freezer_state}), and restores none of the properties, for the runtime has made it
     */
    private void directory(ProtobufMessage directory, int length, boolean top) throws ImageRejected {
        if (++cgroups > MAX_CGROUPS || length > MAX_PATH) {
            throw rejected("it has more than " + MAX_CGROUPS + " cgroups, or a path longer than " + MAX_PATH);
        }
        requirePermissions(directory, 4);
        for (ProtobufMessage property : directory.messages(3)) {
            String name = property.text(1);
            if (!OWN_PROPERTIES.contains(name) && !PROPERTY.matcher(name).matches()) {
                throw rejected("it sets " + quoted(name) + "; the names of controllers' properties are allowed");
            }
            if (!VALUE.matcher(property.text(2)).matches()) {
                throw rejected("it sets " + name + " to " + quoted(property.text(2))
                        + "; up to 1024 printable characters are allowed");
            }
            if (!top || !name.equals("freezer.state")) {
                requirePermissions(property, 3);
            }
        }
        for (ProtobufMessage child : directory.messages(2)) {
            String name = child.text(1);
            requirePath("/" + name);
            if (name.contains("/")) {
                throw rejected("a cgroup is called " + quoted(name) + "; one name is allowed, without /");
            }
            directory(child, length + 1 + name.length(), false);
        }
    }

    private void set(ProtobufMessage set, boolean ownNamespace) throws ImageRejected {
        Set<Set<String>> hierarchies = new HashSet<>();
        for (ProtobufMessage member : set.messages(2)) {
            Set<String> names = Set.of();
            List<String> split = new ArrayList<>(List.of(member.text(1).split(",", -1)));
            if (new HashSet<>(split).size() == split.size()) {
                names = Set.copyOf(split);
            }
            String top = tops.get(names);
            if (top == null || !hierarchies.add(names)) {
                throw rejected("processes are in a cgroup of " + quoted(member.text(1))
                        + "; each of the image's controllers is allowed, once");
            }
            String path = member.text(2);
            requirePath(path);
            if (!path.equals(top) && !path.startsWith(top + "/")) {
                throw rejected("processes are in the cgroup " + quoted(path) + "; those of the container are allowed, "
                        + quoted(top) + " and below");
            }
            if (member.has(3) != ownNamespace || ownNamespace && member.number(3, 0) != top.length()) {
                throw rejected("the root of the cgroup namespace is at "
                        + (member.has(3) ? Long.toString(member.number(3, 0)) : "no place") + " of " + quoted(path)
                        + "; allowed is " + (ownNamespace
                                ? "the end of " + quoted(top)
                                : "none: the bundle asks for no cgroup namespace"));
            }
        }
        if (!hierarchies.equals(tops.keySet())) {
            throw rejected("processes are in cgroups of " + hierarchies.size() + " hierarchies; all "
                    + tops.size() + " of the image are allowed");
        }
    }

    private static void requirePath(String path) throws ImageRejected {
        boolean plain = PATH.matcher(path).matches() && path.startsWith("/");
        if (plain) {
            for (String name : path.substring(1).split("/", -1)) {
                plain &= !name.isEmpty() && !name.equals(".") && !name.equals("..");
            }
        }
        if (!plain) {
            throw rejected("it has the cgroup " + quoted(path) + "; allowed is an absolute path below /, without empty"
                    + " names, . and .., of up to " + MAX_PATH + " printable characters");
        }
    }

    private static void requirePermissions(ProtobufMessage owner, int field) throws ImageRejected {
        ProtobufMessage permissions = owner.message(field);
        if (permissions != null && (permissions.number(1, 0) & WRITABLE_BY_OTHERS) != 0) {
            throw rejected("a cgroup or its property may be written by others than its owner (mode "
                    + Long.toOctalString(permissions.number(1, 0)) + ")");
        }
    }

    private static String quoted(String text) {
        return '"' + Excerpt.value(text) + '"';
    }

    private static ImageRejected rejected(String why) {
        return new ImageRejected(FILE, why);
    }
}
