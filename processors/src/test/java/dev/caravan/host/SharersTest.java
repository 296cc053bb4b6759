package dev.caravan.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SharersTest {
    private static final int AGENT = 1;
    private static final int FIRST = 100;
    private static final List<String> KINDS = List.of("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts");

    private final List<HostProcess> all = new ArrayList<>();

    @BeforeEach
    void containerOfItsOwn() {
        all.add(new HostProcess(AGENT, 0, "java", "/", of("host", "host")));
        all.add(new HostProcess(FIRST, 50, "web", "/pods/web", container("web")));
    }

    @Test
    void aContainerWithAllOfItsOwnSharesNothing() {
        all.add(new HostProcess(101, FIRST, "worker", "/pods/web", container("web")));
        all.add(new HostProcess(102, 50, "sh", "/pods/web/exec", container("web")));
        all.add(new HostProcess(200, 50, "side", "/pods/side", container("side")));
        assertThat(Sharers.of(FIRST, AGENT, all)).isEmpty();
    }

    /** As a container does that runs containers, or a browser that shuts its pages in. */
    @Test
    void whatItHasPutIntoNamespacesBelowItsOwnIsItsOwn() {
        Map<String, String> below = container("web");
        below.put("pid", "pid:[nested]");
        all.add(new HostProcess(101, FIRST, "sandbox", "/pods/web", below));
        all.add(new HostProcess(102, 101, "page", "/pods/web", below));
        assertThat(Sharers.of(FIRST, AGENT, all)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"net,network", "ipc,ipc", "uts,uts", "pid,pid", "mnt,mount"})
    void anotherContainerInANamespaceOfItsIsNamed(String kind, String said) {
        Map<String, String> side = container("side");
        side.put(kind, container("web").get(kind));
        all.add(new HostProcess(200, 50, "redis-server", "/pods/side", side));
        assertThat(Sharers.of(FIRST, AGENT, all))
                .contains("its " + said + " namespace with process 200 (redis-server) in cgroup /pods/side");
    }

    @Test
    void anotherContainerInItsCgroupIsNamed() {
        all.add(new HostProcess(200, 50, "side", "/pods/web/side", container("side")));
        assertThat(Sharers.of(FIRST, AGENT, all))
                .contains("its cgroup with process 200 (side) in cgroup /pods/web/side");
    }

    @Test
    void aNetworkThatIsTheHostsIsShared() {
        all.removeIf(process -> process.pid() == FIRST);
        Map<String, String> web = container("web");
        web.put("net", "net:[host]");
        all.add(new HostProcess(FIRST, 50, "web", "/pods/web", web));
        assertThat(Sharers.of(FIRST, AGENT, all)).contains("its network namespace with process 1 (java) in cgroup /");
    }

    @Test
    void whatElseItTakesFromTheHostIsAnotherRulesAffair() {
        all.removeIf(process -> process.pid() == FIRST);
        Map<String, String> web = container("web");
        web.put("user", "user:[host]");
        web.put("cgroup", "cgroup:[host]");
        all.add(new HostProcess(FIRST, 50, "web", "/pods/web", web));
        assertThat(Sharers.of(FIRST, AGENT, all)).isEmpty();
    }

    @Test
    void ofManyWhoShareAFewAreNamed() {
        Map<String, String> side = container("side");
        side.put("net", container("web").get("net"));
        for (int pid = 200; pid < 206; pid++) {
            all.add(new HostProcess(pid, 50, "side", "/pods/side", side));
        }
        assertThat(Sharers.of(FIRST, AGENT, all)).get().asString().startsWith("its network namespace with process 200")
                .contains("process 202").doesNotContain("process 203").endsWith("and 3 more");
    }

    @Test
    void thisMachinesOwnProcessesAreRead() throws IOException {
        int self = (int) ProcessHandle.current().pid();
        HostProcess own = HostProcess.all().stream().filter(process -> process.pid() == self).findFirst().orElseThrow();
        assertThat(own.parent()).isEqualTo((int) ProcessHandle.current().parent().orElseThrow().pid());
        assertThat(own.name()).isNotEmpty();
        assertThat(own.cgroup()).startsWith("/");
        assertThat(own.namespaces()).containsKeys("net", "pid", "ipc", "uts", "mnt");
        assertThat(own.namespaces().get("net")).matches("net:\\[[0-9]+]");
    }

    private static Map<String, String> container(String name) {
        return of(name, "host");
    }

    private static Map<String, String> of(String own, String user) {
        Map<String, String> namespaces = new HashMap<>();
        KINDS.forEach(kind -> namespaces.put(kind, kind + ":[" + (kind.equals("user") ? user : own) + "]"));
        return namespaces;
    }
}
