package dev.caravan.cli;

import dev.caravan.authority.TrustStore;
import dev.caravan.broker.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * An operator's settings, from a properties file.
 *
 * @param key         the operator's private key, PKCS#8 PEM
 * @param certificate the operator's certificate by the owner authority, PEM
 * @param trust       directory with the authorities' certificates and revocation lists
 * @param policy      appraisal policy for {@code attest}, or null
 * @param properties  all settings, for the broker's client
 */
public record OperatorConfiguration(Path key, Path certificate, Path trust, Path policy, Properties properties) {

    private static final Path LAB = Path.of("/var/lib/caravan-lab/operator/operator.properties");

    /**
     * Reads {@code chosen} or, if that is null, the first that exists of: the file that CARAVAN_CONFIG names,
     * {@code ~/.config/caravan/operator.properties}, the lab's.
     */
    public static OperatorConfiguration read(Path chosen) {
        Path file = chosen != null ? chosen : find();
        Properties properties = Services.read(file);
        String policy = properties.getProperty("caravan.policy");
        try {
            return new OperatorConfiguration(Path.of(Settings.required(properties, "caravan.operator.key", file)),
                    Path.of(Settings.required(properties, "caravan.operator.certificate", file)),
                    Path.of(Settings.required(properties, "caravan.trust", file)),
                    policy == null ? null : Path.of(policy), properties);
        } catch (IllegalArgumentException e) {
            throw new CommandFailed(CommandFailed.ENVIRONMENT, e.getMessage());
        }
    }

    /**
     * What answers are verified with.
     *
     * @throws CommandFailed if it is not there, with what to do
     */
    TrustStore trusted() {
        TrustStore store = new TrustStore(trust);
        if (!store.isComplete()) {
            throw new CommandFailed(CommandFailed.ENVIRONMENT, "caravan.trust is " + trust
                    + ", which does not hold the authorities' certificates and revocation lists: no answer could be"
                    + " verified. Copy the directory trust that 'caravan authority issue-operator' wrote, or that of"
                    + " an agent or the authorities, to there.");
        }
        return store;
    }

    private static Path find() {
        String named = System.getenv("CARAVAN_CONFIG");
        Path own = Path.of(System.getProperty("user.home"), ".config", "caravan", "operator.properties");
        List<Path> places = Stream.of(named == null ? own : Path.of(named), own, LAB).distinct().toList();
        return places.stream().filter(Files::isReadable).findFirst()
                .orElseThrow(() -> new CommandFailed(CommandFailed.ENVIRONMENT,
                        "no operator configuration: name one with --config or CARAVAN_CONFIG, write " + own
                                + ", or start the lab with 'caravan lab up'"));
    }
}
