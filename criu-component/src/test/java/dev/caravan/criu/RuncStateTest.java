package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class RuncStateTest {

    private static final String V1 = """
                                     {"id":"box","init_process_pid":42,"cgroup_paths":{"":"/sys/fs/cgroup/unified/x/box",
                                     "freezer":"/sys/fs/cgroup/freezer/x/box"},"config":{"labels":["a=b","bundle=/srv/box"]}}""";

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void versionOneNamesItsFreezer() {
        assertThat(RuncState.parse(bytes(V1))).contains(
                new RuncState(42, Path.of("/sys/fs/cgroup/freezer/x/box"), Path.of("/srv/box")));
    }

    @Test
    void versionTwoHasOneHierarchy() {
        String v2 = V1.replace("\"freezer\":", "\"unknown\":");
        assertThat(RuncState.parse(bytes(v2))).map(RuncState::freezer)
                .contains(Path.of("/sys/fs/cgroup/unified/x/box"));
    }

    @Test
    void whatIsNotUnderstoodIsLeftToRunc() {
        for (String strange : List.of("", "[]", "{}", "null", V1.replace("42", "1"), V1.replace("42", "\"x\""),
                V1.replace("bundle=", "bindle="), V1.replace("/sys/fs", "sys/fs"))) {
            assertThat(RuncState.parse(bytes(strange))).as(strange).isEmpty();
        }
    }

    @Test
    void mountPointsBelowADirectoryAreFoundDeepestFirst() {
        List<String> mountinfo = List.of("22 1 0:1 / / rw - ext4 d rw", "23 22 0:2 / /run/a\\040b rw - tmpfs t rw",
                "24 23 0:3 / /run/a\\040b/c/d rw - tmpfs t rw", "25 22 0:4 / /run/a rw - tmpfs t rw", "broken");
        assertThat(Mounts.below(Path.of("/run/a b"), mountinfo)).containsExactly(Path.of("/run/a b/c/d"),
                Path.of("/run/a b"));
    }
}
