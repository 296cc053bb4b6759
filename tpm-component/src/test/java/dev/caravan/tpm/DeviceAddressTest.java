package dev.caravan.tpm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceAddressTest {
    @TempDir
    Path directory;

    @Test
    void threeKindsAreKnown() {
        assertThat(DeviceAddress.parse("/dev/tpmrm0")).isEqualTo(new DeviceAddress.DeviceFile(Path.of("/dev/tpmrm0")));
        assertThat(DeviceAddress.parse("unix:/run/tpm.sock"))
                .isEqualTo(new DeviceAddress.UnixSocket(Path.of("/run/tpm.sock")));
        assertThat(DeviceAddress.parse("tcp:localhost:2321"))
                .isEqualTo(new DeviceAddress.TcpSocket("localhost", 2321));
        assertThat(DeviceAddress.parse("tcp:[::1]:2321")).isEqualTo(new DeviceAddress.TcpSocket("[::1]", 2321));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tpmrm0", "unix:", "tcp:", "tcp::1", "tcp:host", "tcp:host:", "tcp:host:x",
            "tcp:host:0",
            "tcp:host:65536", "tcp:host:-1", "tcp:host:999999", "mssim:host:1"})
    void anythingElseIsRefused(String device) {
        assertThatThrownBy(() -> DeviceAddress.parse(device)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unix:PATH");
    }

    @Test
    void aMissingDeviceIsNotMade() {
        Path missing = directory.resolve("tpmrm0");
        assertThatThrownBy(() -> Tpm.open(missing.toString())).isInstanceOf(TpmFailed.class)
                .hasMessageContaining("cannot be opened").hasMessageContaining("no such device");
        assertThat(missing).doesNotExist();
    }

    @Test
    void aPlainFileIsNoDevice() throws Exception {
        Path file = Files.createFile(directory.resolve("tpm"));
        assertThatThrownBy(() -> Tpm.open(file.toString())).hasMessageContaining("plain file");
        assertThat(file).isEmptyFile();
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix:/no/such/socket", "tcp:127.0.0.1:1", "tcp:no-such-host.invalid:1"})
    void whereNobodyListensTheReasonIsTold(String device) {
        assertThatThrownBy(() -> Tpm.open(device)).isInstanceOf(TpmFailed.class).hasMessageContaining(device)
                .hasMessageNotContaining("null").cause().isInstanceOf(IOException.class);
    }

    @Test
    void deviceFilesAreWrittenAndRead() throws Exception {
        Path pipe = directory.resolve("device");
        SwtpmProcess.run(directory, "mkfifo", pipe.toString());
        // a named pipe that is open both ways gives back what was written: a response that looks like the command
        byte[] command = ByteBuffer.allocate(12).putShort((short) 0x8001).putInt(12).putInt(0x17b).array();
        try (TpmTransport device = DeviceAddress.parse(pipe.toString()).connect()) {
            assertThat(device.exchange(command)).isEqualTo(command);
            assertThat(device.exchange(command)).isEqualTo(command);
        }
    }
}
