package dev.caravan.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process chooses its own name, which the kernel prints in front of its sizes. */
class ContainerMemoryAttackTest {

    @ParameterizedTest
    @ValueSource(strings = {"VmRSS:", "VmRSS:99999999", "VmSwap:9 kB"})
    void aNameThatLooksLikeASizeIsNone(String name) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", "printf '\\r" + name + "' > /proc/$$/comm; read -r end")
                .start();
        try {
            Path comm = Path.of("/proc", Long.toString(process.pid()), "comm");
            await().until(() -> Files.readString(comm).startsWith("\r"));
            assertThat(ContainerMemory.bytes((int) process.pid())).isBetween(1L << 12, 1L << 30);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
