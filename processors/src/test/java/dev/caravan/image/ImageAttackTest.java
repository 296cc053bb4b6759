package dev.caravan.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.bundle.Bundle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images by which a source would give its processes what the bundle's configuration does not. */
class ImageAttackTest {
    private static final int CORE = 0x55053847;
    private static final int MOUNTPOINTS = 0x55563928;
    private static final int KILL = 1 << 5;
    private static final int SYS_ADMIN = 1 << 21;

    private static final int CGROUP = 0x59383330;
    private static final int INVENTORY = 0x58313116;
    private static final int IDS = 0x54432030;

    @TempDir
    Path directory;
    private Bundle bundle = bundle("pid", "network", "ipc", "uts", "mount");

    private static Bundle bundle(String... namespaces) {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        ArrayNode list = config.withObjectProperty("linux").withArrayProperty("namespaces");
        List.of(namespaces).forEach(type -> list.addObject().put("type", type));
        return new Bundle(config);
    }

    /** Writes a protobuf message. */
    private static final class Message {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Message number(int field, long value) {
            varint((long) field << 3);
            varint(value);
            return this;
        }

        Message bytes(int field, byte[] value) {
            varint((long) field << 3 | 2);
            varint(value.length);
            out.writeBytes(value);
            return this;
        }

        Message with(int field, Message value) {
            return bytes(field, value.done());
        }

        Message text(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        private void varint(long value) {
            long rest = value;
            while ((rest & ~0x7fL) != 0) {
                out.write((int) (rest & 0x7f | 0x80));
                rest >>>= 7;
            }
            out.write((int) rest);
        }

        byte[] done() {
            return out.toByteArray();
        }
    }

    private void write(String name, int magic, Message... records) throws IOException {
        ByteBuffer file = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        if (magic != INVENTORY) {
            file.putInt(0x54564319);
        }
        file.putInt(magic);
        for (Message record : records) {
            file.putInt(record.done().length).put(record.done());
        }
        byte[] bytes = new byte[file.flip().remaining()];
        file.get(bytes);
        Files.write(directory.resolve(name), bytes);
    }

    private void judge() throws IOException {
        new ImageRules("CAP_KILL"::equals).require(directory, bundle);
    }

    private void rejected(String... said) {
        assertThatThrownBy(this::judge).isInstanceOf(ImageRejected.class).hasMessageContainingAll(said);
    }

    private static Message credentials(int field, int... words) {
        Message credentials = new Message().number(1, 0).number(13, 0);
        for (int word : words) {
            credentials.number(field, word & 0xffffffffL);
        }
        return credentials;
    }

    private static Message core(int state, Message thread) {
        Message core = new Message().number(1, 1).with(3, new Message().number(1, state));
        return thread == null ? core : core.with(5, thread.number(1, 0));
    }

    private void thread(Message credentials) throws IOException {
        write("core-7.img", CORE, core(1, new Message().with(10, credentials)));
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 10, 11, 12, 19})
    void aThreadHasNoCapabilityThatIsNotAdmitted(int set) throws IOException {
        thread(credentials(set, KILL, 0));
        assertThatCode(this::judge).doesNotThrowAnyException();
        thread(credentials(set, KILL | SYS_ADMIN, 0));
        rejected("core-7.img", "CAP_SYS_ADMIN", "\"capabilities\" in caravan.admission");
        thread(credentials(set, 0, 1 << 8));
        rejected("CAP_CHECKPOINT_RESTORE");
        thread(credentials(set, 0, 1 << 31));
        rejected("CAP_63");
        thread(new Message().bytes(set, new byte[]{0, 1}));
        rejected("CAP_MAC_OVERRIDE");
        thread(new Message().bytes(set, new byte[]{0}).number(set, 1));
        rejected("CAP_MAC_OVERRIDE");
        thread(credentials(set, 0, 0, SYS_ADMIN));
        rejected("3 words");
    }

    @Test
    void aThreadWithoutCredentialsWouldKeepThoseOfRoot() throws IOException {
        write("core-7.img", CORE, core(1, null));
        rejected("without credentials");
        write("core-7.img", CORE, core(3, new Message()));
        rejected("without credentials");
        write("core-7.img", CORE, new Message().number(1, 1));
        rejected("without credentials");
        write("core-7.img", CORE, core(6, null));
        assertThatCode(this::judge).doesNotThrowAnyException();
    }

    @Test
    void whatComesTwiceIsRefused() throws IOException {
        Message harmless = new Message().with(10, credentials(11, KILL));
        Message admin = new Message().with(10, credentials(11, SYS_ADMIN));
        write("core-7.img", CORE, core(1, harmless).with(5, admin));
        rejected("not what it should be");
        write("core-7.img", CORE, core(1, new Message().with(10, credentials(11, KILL)).with(10,
                credentials(11, SYS_ADMIN))));
        rejected("not what it should be");
        write("core-7.img", CORE, core(1, harmless), core(1, admin));
        rejected("2 threads");
        write("core-7.img", CORE);
        rejected("0 threads");
    }

    private static Message mount(int type, int id, int parent) {
        return new Message().number(1, type).number(2, id).number(4, parent).text(6, "/").text(7, "/mnt")
                .text(8, "/dev/vda1").text(9, "");
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 7, 8, 9, 10, 11, 13, 15, 16, 17, 18, 19, 24})
    void aFileSystemThatNoContainerIsGivenIsNotMounted(int type) throws IOException {
        write("mountpoints-12.img", MOUNTPOINTS, mount(17, 1, 0), mount(14, 2, 1), mount(5, 3, 1), mount(0, 4, 1),
                mount(17, 5, 1).text(18, "/data"), mount(17, 6, 1).number(13, 1));
        assertThatCode(this::judge).doesNotThrowAnyException();
        write("mountpoints-12.img", MOUNTPOINTS, mount(17, 1, 0), mount(type, 2, 1).text(14, "ext4"));
        rejected("mountpoints-12.img", "/mnt", "type " + type);
    }

    private static Message mountAt(int type, String place, int flags) {
        return new Message().number(1, type).number(2, 2).number(4, 1).number(5, flags).text(6, "/").text(7, place);
    }

    private static Bundle mounting() throws IOException {
        return Bundle
                .parse("""
                       {"root":{"path":"rootfs"},"mounts":[{"destination":"/proc","type":"proc"},
                       {"destination":"/sys","type":"sysfs","options":["nosuid","ro"]},
                       {"destination":"/sys/fs/cgroup","type":"cgroup","options":["ro"]},
                       {"destination":"/data","type":"bind","options":["bind","ro"]},
                       {"destination":"/open","type":"bind","options":["bind"]}]}""".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theKernelsFileSystemsAreWhereAndAsTheBundleHasThem() throws IOException {
        bundle = mounting();
        for (Message good : List.of(mountAt(1, "/proc", 0), mountAt(1, "/proc/sys", 1), mountAt(2, "/sys", 15),
                mountAt(12, "/sys/fs/cgroup/memory", 1), mountAt(23, "/sys/fs/cgroup", 1),
                mountAt(17, "/data", 1).text(18, "/data"), mountAt(17, "/open", 0).text(18, "/open"))) {
            write("mountpoints-12.img", MOUNTPOINTS, mount(17, 1, 0), good);
            assertThatCode(this::judge).doesNotThrowAnyException();
        }
        for (Message bad : List.of(mountAt(2, "/sys", 14), mountAt(1, "/proc/sys", 0),
                mountAt(12, "/sys/fs/cgroup/memory", 14), mountAt(23, "/sys/fs/cgroup", 0),
                mountAt(17, "/data", 0).text(18, "/data"), mountAt(17, "/x", 0).text(18, "/data"))) {
            write("mountpoints-12.img", MOUNTPOINTS, mount(17, 1, 0), bad);
            rejected("mountpoints-12.img", "for writing");
        }
        for (Message bad : List.of(mountAt(1, "/tmp/proc", 0), mountAt(2, "/tmp", 1), mountAt(2, "/system", 1),
                mountAt(12, "/cgroup", 1), mountAt(23, "/proc", 1), mountAt(1, "/proc/../tmp", 1),
                mountAt(5, "/..", 1))) {
            write("mountpoints-12.img", MOUNTPOINTS, mount(17, 1, 0), bad);
            rejected("mountpoints-12.img", "where the bundle has none");
        }
    }

    @Test
    void theTreeOfMountsHasOneRoot() throws IOException {
        write("mountpoints-12.img", MOUNTPOINTS, mount(17, 1, 0), mount(16, 2, 9));
        rejected("2 roots");
        write("mountpoints-12.img", MOUNTPOINTS, mount(17, 1, 2), mount(16, 2, 1));
        rejected("type 1");
        write("mountpoints-12.img", MOUNTPOINTS);
        rejected("0 roots");
    }

    private static Message ids(int... namespaces) {
        Message ids = new Message().number(1, 1).number(2, 1).number(3, 1).number(4, 1);
        for (int i = 0; i < namespaces.length; i++) {
            ids.number(5 + i, namespaces[i]);
        }
        return ids;
    }

    private void namespaces(Message host, Message inside) throws IOException {
        Message inventory = new Message().number(1, 1);
        write("inventory.img", INVENTORY, host == null ? inventory : inventory.with(3, host));
        write("ids-7.img", IDS, inside);
    }

    /** In the order of their fields; of the last three this bundle has none of its own. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void noProcessIsInANamespaceOfTheHost(int shared) throws IOException {
        Message host = ids(1, 2, 3, 4, 5, 6, 7, 8);
        int[] inside = {11, 12, 13, 14, 15, 6, 7, 8};
        namespaces(host, ids(inside));
        assertThatCode(this::judge).doesNotThrowAnyException();
        inside[shared] = shared + 1;
        String type = List.of("pid", "network", "ipc", "uts", "mount").get(shared);
        namespaces(host, ids(inside));
        rejected("ids-7.img", "host's " + type + " namespace", "inventory.img");
        inside[shared] = 0;
        namespaces(host, ids(inside));
        rejected("host's " + type);
        inside[shared] = 11 + shared;
        namespaces(null, ids(inside));
        rejected("ids-7.img");
        namespaces(ids(), ids(inside));
        rejected("ids-7.img");
        namespaces(host, ids());
        rejected("ids-7.img");
    }

    @Test
    void anIdIsTheSameWithWhatCriuCutsOff() throws IOException {
        namespaces(ids(1, 2, 3, 4, 5), new Message().number(1, 1).number(5, 11).number(6, 12).number(7, 13)
                .number(8, 14).number(9, 5L | 1L << 32));
        rejected("host's mount namespace");
        Files.delete(directory.resolve("inventory.img"));
        rejected("inventory.img", "missing");
    }

    @Test
    void namespacesThatTheBundleAsksForAreItsOwn() throws IOException {
        bundle = bundle("user", "cgroup", "time");
        namespaces(ids(1, 2, 3, 4, 5, 6, 7, 8), ids(1, 2, 3, 4, 5, 16, 17, 18));
        assertThatCode(this::judge).doesNotThrowAnyException();
        for (int[] inside : List.of(new int[]{6, 17, 18}, new int[]{16, 7, 18}, new int[]{16, 17, 8})) {
            namespaces(ids(1, 2, 3, 4, 5, 6, 7, 8), ids(1, 2, 3, 4, 5, inside[0], inside[1], inside[2]));
            rejected("ids-7.img", "namespace");
        }
    }

    /** What runc 1.1.5 and CRIU 4.2 made of a container of the laboratory, on a host with cgroups of both versions. */
    @Test
    void imagesOfAnHonestCheckpointAreTaken() throws Exception {
        try (var in = getClass().getResourceAsStream("/bundle/runc-spec.json")) {
            bundle = Bundle.parse(in.readAllBytes());
        }
        directory = Path.of(getClass().getResource("/images/inventory.img").toURI()).getParent();
        assertThat(directory.resolve("cgroup.img")).isNotEmptyFile();
        assertThatCode(this::judge).doesNotThrowAnyException();
    }

    private static Message permissions(int mode) {
        return new Message().number(1, mode).number(2, 0).number(3, 0);
    }

    private static Message property(String name, String value) {
        return new Message().text(1, name).text(2, value).with(3, permissions(0100644));
    }

    private static Message cgroup(String name) {
        return new Message().text(1, name).with(4, permissions(0040755));
    }

    private static Message member(String controller, String path) {
        return new Message().text(1, controller).text(2, path);
    }

    private static Message set(String memory, String cpu) {
        return new Message().number(1, 2).with(2, member("memory", memory)).with(2, member("cpu,cpuacct", cpu));
    }

    private static Message cpu() {
        return new Message().text(1, "cpu").text(1, "cpuacct").with(2, cgroup("caravan/web"));
    }

    private static Message memory(Message... tops) {
        Message controller = new Message().text(1, "memory");
        for (Message top : tops) {
            controller.with(2, top);
        }
        return controller;
    }

    private void cgroups(Message set, Message... controllers) throws IOException {
        Message entry = new Message().with(1, set);
        for (Message controller : controllers) {
            entry.with(2, controller);
        }
        write("cgroup.img", CGROUP, entry);
    }

    @Test
    void cgroupsOfTheContainerAreTaken() throws IOException {
        cgroups(set("/caravan/web", "/caravan/web/a"), memory(cgroup("caravan/web")
                .with(3, property("memory.limit_in_bytes", "9223372036854771712"))
                .with(3, property("tasks", "")).with(3, property("hugetlb.2MB.limit_in_bytes", "-1"))
                .with(2, cgroup("a").with(3, property("devices.list", "a *:* rwm\nc 1:3 r"))
                        .with(2, cgroup("b")))),
                cpu());
        assertThatCode(this::judge).doesNotThrowAnyException();
        write("cgroup.img", CGROUP);
        assertThatCode(this::judge).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "", "/caravan", "/caravan/webs", "/caravan/web/../x", "/caravan/web//x",
            "/caravan/web/", "/caravan/web/./x", "caravan/web", "/other", "/caravan/web/\n", "/caravan/web/\0"})
    void noProcessIsPutIntoACgroupOfTheHost(String path) throws IOException {
        cgroups(set(path, "/caravan/web"), memory(cgroup("caravan/web")), cpu());
        rejected("cgroup.img", "cgroup");
        cgroups(set("/caravan/web", path), memory(cgroup("caravan/web")), cpu());
        rejected("cgroup.img", "cgroup");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "..", "a/../..", "a//b", "a/", "/a", ".", "a\nb", "a\0b"})
    void noCgroupIsMadeElsewhere(String name) throws IOException {
        cgroups(set("/" + name, "/caravan/web"), memory(cgroup(name)), cpu());
        rejected("cgroup.img");
        cgroups(set("/caravan/web", "/caravan/web"), memory(cgroup("caravan/web").with(2, cgroup(name))), cpu());
        rejected("cgroup.img");
    }

    @Test
    void pathsFitIntoCriusBuffers() throws IOException {
        String name = "a".repeat(300);
        cgroups(set("/caravan/web", "/caravan/web"),
                memory(cgroup("caravan/web").with(2, cgroup(name).with(2, cgroup(name)))), cpu());
        rejected("longer than 512");
        cgroups(set("/" + name + name, "/caravan/web"), memory(cgroup(name + name)), cpu());
        rejected("512");
    }

    /** What has no topmost cgroup, or another's name, the runtime's cgroup is not put in the place of. */
    @Test
    void eachControllerHasTheContainersCgroupOnce() throws IOException {
        Message web = cgroup("caravan/web");
        Message set = set("/caravan/web", "/caravan/web");
        cgroups(set, memory(), cpu());
        rejected("0 topmost cgroups");
        cgroups(set, memory(web, cgroup("system.slice")), cpu());
        rejected("2 topmost cgroups");
        cgroups(set, memory(web), cpu(), memory(cgroup("system.slice")));
        rejected("\"memory\"", "once");
        cgroups(set, memory(web), cpu(), new Message().text(1, "pids").with(2, cgroup("system.slice")));
        rejected("2 hierarchies", "3");
        cgroups(set, cpu());
        rejected("\"memory\"");
        cgroups(new Message().number(1, 2).with(2, member("memory", "/caravan/web"))
                .with(2, member("memory", "/caravan/web")), memory(web));
        rejected("once");
        for (String name : List.of("../../x", "name=x", "ory", "memory,cpu", "m".repeat(200))) {
            cgroups(set, new Message().text(1, name).with(2, web), cpu());
            rejected("known ones");
        }
        cgroups(set, new Message().with(2, web), cpu());
        rejected("without controllers");
        write("cgroup.img", CGROUP, new Message(), new Message());
        rejected("2 records");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../memory.limit_in_bytes", "release_agent", "cgroup.threads", "cgroup.kill",
            "cgroup.event_control", "", ".", "memory", "memory./x", "memory..x", "x.y"})
    void onlyPropertiesThatCriuSavesAreSet(String name) throws IOException {
        cgroups(set("/caravan/web", "/caravan/web"),
                memory(cgroup("caravan/web").with(2, cgroup("a").with(3, property(name, "1")))), cpu());
        rejected("cgroup.img", "properties");
    }

    @Test
    void propertiesAreBoundedAndNotForEverybody() throws IOException {
        for (Message property : List.of(property("memory.limit_in_bytes", "1".repeat(1025)),
                property("memory.limit_in_bytes", "1\0"),
                new Message().text(1, "tasks").text(2, "").with(3, permissions(0100666)))) {
            cgroups(set("/caravan/web", "/caravan/web"), memory(cgroup("caravan/web").with(3, property)), cpu());
            rejected("cgroup.img");
        }
        cgroups(set("/caravan/web", "/caravan/web"),
                memory(new Message().text(1, "caravan/web").with(4, permissions(0040777))), cpu());
        rejected("mode 40777");
    }

    /** CRIU writes at this place of the path, without looking how long it is. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 11, 13, 4096, 0xffffffffL})
    void theRootOfTheCgroupNamespaceIsTheContainersCgroup(long root) throws IOException {
        Consumer<Message> write = member -> assertThatCode(() -> cgroups(new Message().with(2, member),
                memory(cgroup("caravan/web")))).doesNotThrowAnyException();
        write.accept(member("memory", "/caravan/web/a").number(3, root));
        rejected("asks for no cgroup namespace");
        bundle = bundle("cgroup");
        rejected("root of the cgroup namespace");
        write.accept(member("memory", "/caravan/web/a"));
        rejected("at no place");
        write.accept(member("memory", "/caravan/web/a").number(3, 12));
        assertThatCode(this::judge).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[\"/dev/null\",\"/dev/null\",\"/dev/null\"]",
            "[\"pipe:[1]\",\"pipe:[18446744073709551615]\",\"/data/log\"]",
            "[\"socket:[12]\",\"anon_inode:eventfd\",\"/dev/pts/0\"]"})
    void theNamesOfDescriptorsAsRuncWritesThemAreTaken(String json) throws IOException {
        Files.writeString(directory.resolve("descriptors.json"), json);
        assertThatCode(this::judge).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "[\"/dev/null\",\"/dev/null\"]", "{}", "null", "",
            "[\"/dev/null\",\"/dev/null\",\"/dev/null\",\"pipe:[4]\"]", "[\"/x/pipe:[1]\",\"/dev/null\",\"/dev/null\"]",
            "[\"pipe:[1]x\",\"/dev/null\",\"/dev/null\"]", "[\"pipe:\",\"/dev/null\",\"/dev/null\"]",
            "[\"pipe:[1]\\n\",\"/dev/null\",\"/dev/null\"]", "[1,2,3]", "[null,null,null]",
            "[\"net[1]:pipe:[2]\",\"/dev/null\",\"/dev/null\"]", "[\"/dev/null\",\"/dev/null\",\"/dev/null\"]x",
            "[\"--x\",\"/dev/null\",\"/dev/null\"]"})
    void otherNamesOfDescriptorsAreNot(String json) throws IOException {
        Files.writeString(directory.resolve("descriptors.json"), json);
        rejected("descriptors.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"core-1.img", "descriptors.json", "stats-dump", "pages-1.img", "pagemap-shmem-12.img",
            "tmpfs-dev-64.tar.gz.img", "ghost-file-1f.img", "tcp-stream-9a.img", "timens-0.img", "inventory.img"})
    void filesOfACheckpointAreTaken(String name) {
        assertThat(ImageNames.isKnown(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"creds-1.img", "sigacts-1.img", "rlimit-1.img", "autofs-1.img", "binfmt-misc.img",
            "criu.conf", "runc.conf", "default.conf", "restore.log", "parent", "core-1.img\n", "core-.img",
            "Core-1.img",
            "core-1.img.img", "../core-1.img", "irmap-cache", "amdgpu-kfd-1.img", "a", "", "lazy-pages.socket"})
    void filesThatNoCheckpointHasAreNot(String name) {
        assertThat(ImageNames.isKnown(name)).isFalse();
    }

    /** Whatever the bytes are, they are rejected or harmless: nothing else is thrown, and nothing large is made. */
    @Test
    void mutilatedImagesAreRejectedByName() throws IOException {
        thread(credentials(11, KILL, 0));
        byte[] whole = Files.readAllBytes(directory.resolve("core-7.img"));
        Random random = new Random(10);
        int rejected = 0;
        for (int i = 0; i < 500; i++) {
            byte[] bad = java.util.Arrays.copyOf(whole, random.nextInt(whole.length + 1));
            for (int k = 0; k < 3 && bad.length > 0; k++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            Files.write(directory.resolve("core-7.img"), bad);
            try {
                judge();
            } catch (ImageRejected e) {
                rejected++;
            }
        }
        assertThat(rejected).isPositive();
    }
}
