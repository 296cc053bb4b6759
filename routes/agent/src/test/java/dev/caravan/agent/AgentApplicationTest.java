package dev.caravan.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentApplicationTest {
    @TempDir
    Path directory;

    @Test
    void keepsImagesOffDisks() throws Exception {
        assumeThat(Files.getFileStore(directory).type()).as("type of what holds %s", directory).isNotEqualTo("tmpfs");
        Path run = directory.resolve("run");
        AgentConfiguration configuration = new AgentConfiguration("gamma", directory.resolve("home"), run, "unused",
                directory.resolve("trust"), null, null, null, "/caravan", directory.resolve("runc"),
                Path.of("criu"), new Properties());

        assertThatThrownBy(() -> new AgentApplication(configuration)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("caravan.run is " + run).hasMessageContaining("tmpfs");
        assertThat(directory.resolve("home/journal.db")).doesNotExist();
    }
}
