package dev.caravan.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
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

    @TempDir
    Path directory;

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
        file.putInt(0x54564319).putInt(magic);
        for (Message record : records) {
            file.putInt(record.done().length).put(record.done());
        }
        byte[] bytes = new byte[file.flip().remaining()];
        file.get(bytes);
        Files.write(directory.resolve(name), bytes);
    }

    private void judge() throws IOException {
        new ImageRules("CAP_KILL"::equals).require(directory);
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
        write("mountpoints-12.img", MOUNTPOINTS, mount(17, 1, 0), mount(1, 2, 1), mount(5, 3, 1), mount(0, 4, 1),
                mount(17, 5, 1).text(18, "/data"), mount(17, 6, 1).number(13, 1));
        assertThatCode(this::judge).doesNotThrowAnyException();
        write("mountpoints-12.img", MOUNTPOINTS, mount(17, 1, 0), mount(type, 2, 1).text(14, "ext4"));
        rejected("mountpoints-12.img", "/mnt", "type " + type);
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
