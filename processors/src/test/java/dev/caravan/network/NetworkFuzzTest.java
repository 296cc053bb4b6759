package dev.caravan.network;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.caravan.bundle.Admission;
import dev.caravan.bundle.Bundle;
import dev.caravan.bundle.BundleRejected;
import dev.caravan.bundle.BundleRules;
import dev.caravan.bundle.Findings;
import dev.caravan.criu.CommandOutcome;
import dev.caravan.fuzz.Parser;
import dev.caravan.fuzz.Parsers;
import dev.caravan.migration.ContainerDescription;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.provider.MethodSource;

/** What a source says of a container and its network, and what tools print of one. */
class NetworkFuzzTest {
    private static final long SMALL = 512 * 1024;
    private static final int TREE = 200;
    private static final String LINKS = """
                                        [{"ifindex":1,"ifname":"lo","flags":["UP"],"link_type":"loopback"},
                                        {"ifindex":2,"link_index":9,"ifname":"eth0","flags":["BROADCAST","UP"],"mtu":1500,
                                        "link_type":"ether","address":"02:00:00:00:00:10","addr_info":[
                                        {"family":"inet","local":"10.88.0.20","prefixlen":24,"scope":"global"},
                                        {"family":"inet6","local":"fd00::20","prefixlen":64,"scope":"global"}]}]""";
    private static final NetworkDescription NETWORK = new NetworkDescription("eth0", "02:00:00:00:00:10", 1500,
            List.of(new InterfaceAddress("10.88.0.20", 24), new InterfaceAddress("fd00::20", 64)),
            List.of("10.88.0.1", "fd00::1"));
    private static final Parsers PARSERS = Parsers.of(
            Parser.of('d', IOException.class, SMALL, TREE, NetworkFuzzTest::description).from(
                    new ContainerDescription("amd64", Parsers.text("{}"), NETWORK, 1 << 20, 1 << 30).toJson(),
                    new ContainerDescription("amd64", Parsers.text("{}"), null, 0, 0).toJson()),
            Parser.of('b', BundleRejected.class, 2 * SMALL, 4 * TREE, NetworkFuzzTest::bundle).from(resource()),
            Parser.of('i', IOException.class, SMALL, TREE, NetworkFuzzTest::links).from(Parsers.text(LINKS)));

    static Stream<byte[]> examples() {
        return PARSERS.examples();
    }

    @Test
    void examplesAreTaken() throws Exception {
        PARSERS.takeTheirExamples();
    }

    @Timeout(20)
    @MethodSource("examples")
    @FuzzTest
    void anythingIsTakenOrRefused(byte[] input) throws Exception {
        PARSERS.takeOrRefuse(input);
    }

    private static void description(byte[] bytes) throws IOException {
        ContainerDescription description = ContainerDescription.parse(bytes);
        if (description.network() != null) {
            fits(description.network());
        }
    }

    /** What was judged and found good is made to fit another host without another question. */
    private static void bundle(byte[] bytes) throws IOException {
        Bundle bundle = Bundle.parse(bytes);
        Findings findings = new BundleRules(Admission.DEFAULT).judge(bundle);
        Parser.require(findings.reason().length() <= 1000, "a reason of any length");
        if (findings.count() == 0) {
            Parser.require(bundle.hostMounts().isEmpty(), "a host path was taken");
            Bundle adapted = bundle.adaptedTo("/caravan/web", Path.of("/run/netns/x"));
            Parser.require(new BundleRules(Admission.DEFAULT).judge(Bundle.parse(adapted.toJson())).count() == 0,
                    "what fits is not taken");
        }
    }

    private static byte[] resource() {
        try (InputStream in = NetworkFuzzTest.class.getResourceAsStream("/bundle/runc-spec.json")) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The tool prints the same for links and for routes. */
    private static void links(byte[] output) throws IOException {
        fits(new NetworkReader(
                new IpTool(command -> new CommandOutcome(0, new String(output, StandardCharsets.UTF_8), "")))
                .describe(Path.of("/run/netns/x")));
    }

    /** Everything in it becomes a word of a command. */
    private static void fits(NetworkDescription network) {
        Stream<String> words = Stream.of(Stream.of(network.name(), network.mac()), network.gateways().stream(),
                network.addresses().stream().map(InterfaceAddress::toString)).flatMap(each -> each);
        words.forEach(word -> Parser.require(word.matches("[0-9A-Za-z._:/-]+(?![\\s\\S])") && !word.startsWith("-"),
                "a word that is more than one: " + word));
    }
}
