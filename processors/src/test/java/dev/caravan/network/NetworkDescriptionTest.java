package dev.caravan.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.criu.CommandOutcome;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkDescriptionTest {
    private static final String MAC = "02:00:00:00:00:10";
    private static final InterfaceAddress ADDRESS = new InterfaceAddress("10.0.0.2", 24);

    @Test
    void itSurvivesJson() throws Exception {
        NetworkDescription description = new NetworkDescription("eth0", MAC, 1500,
                List.of(ADDRESS, new InterfaceAddress("fe80::1", 64)), List.of("10.0.0.1", "fe80::2"));
        ObjectMapper json = new ObjectMapper();
        assertThat(json.readValue(json.writeValueAsBytes(description), NetworkDescription.class))
                .isEqualTo(description);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "lo", "-x", "eth0\nlink delete br0", "a b", "a/b", "sixteen-letters-", "é"})
    void namesThatCouldBecomeSomethingElseAreRefused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new NetworkDescription(name, MAC, 1500, List.of(), List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "02:00:00:00:00", "03:00:00:00:00:10", "02:00:00:00:00:10\n", "ff:ff:ff:ff:ff:ff",
            "02:00:00:00:00:1G"})
    void hardwareAddressesOfNobodyAreRefused(String mac) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new NetworkDescription("eth0", mac, 1500, List.of(), List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "localhost", "10.0.0", "10.0.0.256", "10.0.0.1 dev x", "::1%lo", "fe80::1\n", ":::",
            "0x10.0.0.1", "12345"})
    void whatIsNoAddressIsRefused(String address) {
        assertThatIllegalArgumentException().isThrownBy(() -> new InterfaceAddress(address, 8));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new NetworkDescription("eth0", MAC, 1500, List.of(), List.of(address)));
    }

    @Test
    void numbersOutOfRangeAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new InterfaceAddress("10.0.0.1", 33));
        assertThatIllegalArgumentException().isThrownBy(() -> new InterfaceAddress("::1", 129));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new NetworkDescription("eth0", MAC, 67, List.of(), List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> new NetworkDescription("eth0", MAC, 1500,
                Collections.nCopies(NetworkDescription.MAX_ADDRESSES + 1, ADDRESS), List.of()));
        assertThatIllegalArgumentException().isThrownBy(
                () -> new NetworkDescription("eth0", MAC, 1500, List.of(), List.of("10.0.0.1", "10.0.0.2")));
    }

    @Test
    void namespacesAndBridgesHaveNamesAndNoPaths() {
        assertThatThrownBy(() -> ContainerNetwork.namespace("../x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ContainerNetwork(command -> new CommandOutcome(0, "", ""), "br0\n"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
