package dev.caravan.bundle;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bundles that were changed on the disk while their container runs. */
class BundleFilesTest {
    @TempDir
    Path directory;

    private Bundle bundle() throws Exception {
        return Bundle.parse("{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"}}".getBytes());
    }

    @Test
    void aConfigurationThatIsGoneOrNoFileIsRejected() throws Exception {
        assertThatThrownBy(() -> Bundle.read(directory.resolve("renamed"))).isInstanceOf(BundleRejected.class)
                .hasMessageContaining("config.json is not there");
        Files.createDirectory(directory.resolve("config.json"));
        assertThatThrownBy(() -> Bundle.read(directory)).isInstanceOf(BundleRejected.class)
                .hasMessageContaining("config.json is not there, or no file");
    }

    @Test
    void anEmptyConfigurationIsRejected() throws Exception {
        Files.createFile(directory.resolve("config.json"));
        assertThatThrownBy(() -> Bundle.read(directory)).isInstanceOf(BundleRejected.class);
    }

    @Test
    void aRootFileSystemThatIsGoneIsRejected() {
        assertThatThrownBy(() -> bundle().rootfs(directory)).isInstanceOf(BundleRejected.class)
                .hasMessageContaining("/root/path is \"rootfs\"").hasMessageContaining("no such directory");
    }
}
