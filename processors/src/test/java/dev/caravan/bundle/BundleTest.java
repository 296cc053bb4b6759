package dev.caravan.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class BundleTest {
    private static final String CONFIG = """
                                         {"ociVersion":"1.0.2","process":{"terminal":false,"env":["SECRET=1"]},"root":{"path":"/srv/web/rootfs"},
                                          "mounts":[{"destination":"/proc","type":"proc","source":"proc"},
                                                    {"destination":"/data","type":"bind","source":"/srv/data","options":["rbind"]},
                                                    {"destination":"/tmp","type":"tmpfs","source":"/tmpfs"}],
                                          "linux":{"cgroupsPath":"/old/web","namespaces":[{"type":"pid"},{"type":"network","path":"/run/netns/old"}]}}
                                         """;

    private static Bundle bundle(String json) throws IOException {
        return Bundle.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void hostPathsThatAreMountedAreFound() throws IOException {
        assertThat(bundle(CONFIG).hostMounts()).containsExactly(Path.of("/srv/data"));
    }

    @Test
    void theNetworkIsTheHostsUnlessANamespaceIsNamed() throws IOException {
        assertThat(bundle(CONFIG).network()).isEqualTo(Bundle.Network.NAMED);
        assertThat(bundle(CONFIG.replace(",\"path\":\"/run/netns/old\"", "")).network())
                .isEqualTo(Bundle.Network.PRIVATE);
        assertThat(bundle(CONFIG.replace("network", "uts")).network()).isEqualTo(Bundle.Network.HOST);
    }

    @Test
    void aNamespaceWithoutANameHasNoPath() throws IOException {
        assertThat(bundle(CONFIG).networkNamespace()).contains(Path.of("/run/netns/old"));
        assertThat(bundle(CONFIG.replace("/run/netns/old", "")).networkNamespace()).isEmpty();
        assertThat(bundle(CONFIG.replace("network", "uts")).networkNamespace()).isEmpty();
    }

    @Test
    void adaptingChangesOnlyWhatBelongsToTheHost() throws IOException {
        Bundle adapted = bundle(CONFIG).adaptedTo("/caravan/web", Path.of("/run/netns/beta-web"));
        String expected = CONFIG.replace("/old/web", "/caravan/web").replace("/run/netns/old", "/run/netns/beta-web")
                .replace("/srv/web/rootfs", "rootfs");
        assertThat(adapted.config()).isEqualTo(bundle(expected).config());
    }

    @Test
    void aFileThatIsNoConfigurationIsRefused() {
        assertThatIOException().isThrownBy(() -> bundle("[1]")).withMessageContaining("not an object");
        assertThatIOException().isThrownBy(() -> bundle("{\"root\":{}}")).withMessageContaining("root.path");
    }
}
