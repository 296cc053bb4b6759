package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** With a child of this JVM for the container, and this JVM for whoever is outside of it. */
class StandardInputTest {

    private Process process;

    @AfterEach
    void end() {
        process.destroyForcibly();
    }

    private void start(ProcessBuilder.Redirect input) throws IOException {
        process = new ProcessBuilder("sleep", "60").redirectInput(input).start();
    }

    private Optional<String> input(Long... others) {
        List<Long> members = new ArrayList<>(List.of(others));
        members.add(process.pid());
        return StandardInput.fromOutside(process.pid(), members);
    }

    @Test
    void aPipeThatSomebodyOutsideCanWriteToIsFound() throws Exception {
        start(ProcessBuilder.Redirect.PIPE);
        assertThat(input()).hasValueSatisfying(name -> assertThat(name).startsWith("pipe:["));
    }

    @Test
    void aPipeWhoseEndHasComeAlreadyMayMove() throws Exception {
        start(ProcessBuilder.Redirect.PIPE);
        process.getOutputStream().close();
        assertThat(input()).isEmpty();
    }

    @Test
    void aPipeWithinTheContainerMayMove() throws Exception {
        start(ProcessBuilder.Redirect.PIPE);
        assertThat(input(ProcessHandle.current().pid())).isEmpty();
    }

    @Test
    void noInputMayMove() throws Exception {
        start(ProcessBuilder.Redirect.from(new File("/dev/null")));
        assertThat(input()).isEmpty();
    }
}
