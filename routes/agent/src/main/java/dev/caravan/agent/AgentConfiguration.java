package dev.caravan.agent;

import dev.caravan.broker.Settings;
import dev.caravan.wire.PlatformName;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.regex.Pattern;

/**
 * An agent's settings, from a properties file.
 *
 * @param name         the platform's name: letters, digits and hyphens, at most 63
 * @param home         directory on disk, mode 0700: journal, certificates, containers, chunks
 * @param run          directory on a tmpfs, mode 0700: checkpoint images, commit gates, runc's state
 * @param tpm          the TPM: {@code /dev/tpmrm0}, {@code unix:PATH} or {@code tcp:HOST:PORT}
 * @param trust        directory with the authorities' certificates and revocation lists
 * @param policy       appraisal policy (JSON), or null to accept every platform that both authorities certify
 * @param admission    admission policy (JSON), or null to allow what every runtime gives by default
 * @param bridge       bridge that containers' links are attached to, or null if the host has none
 * @param cgroupParent cgroup under which containers that arrive are put, for example {@code /caravan}
 * @param runcRoot     runc's state directory
 * @param criu         the CRIU executable, 4.2 or later
 * @param properties   all settings, for the parts that read their own (broker, Jolokia)
 */
public record AgentConfiguration(String name, Path home, Path run, String tpm, Path trust, Path policy, Path admission,
        String bridge, String cgroupParent, Path runcRoot, Path criu, Properties properties) {

    private static final Pattern SECONDS = Pattern.compile("[1-9][0-9]{0,3}");

    /**
     * Reads {@code file}.
     *
     * @throws IllegalArgumentException naming the setting that is missing or wrong
     */
    public static AgentConfiguration read(Path file) throws IOException {
        Properties properties = Settings.read(file);
        String name = Settings.required(properties, "caravan.name", file);
        if (!PlatformName.is(name)) {
            throw new IllegalArgumentException(
                    "caravan.name in " + file + " is \"" + name + "\"; letters, digits and hyphens are allowed");
        }
        Path home = Path.of(Settings.required(properties, "caravan.home", file));
        Path run = Path.of(Settings.required(properties, "caravan.run", file));
        String policy = properties.getProperty("caravan.policy");
        String admission = properties.getProperty("caravan.admission");
        AgentConfiguration configuration = new AgentConfiguration(name, home, run,
                Settings.required(properties, "caravan.tpm", file),
                Path.of(properties.getProperty("caravan.trust", home.resolve("trust").toString())),
                policy == null ? null : Path.of(policy), admission == null ? null : Path.of(admission),
                properties.getProperty("caravan.bridge"),
                properties.getProperty("caravan.cgroup-parent", "/caravan"),
                Path.of(properties.getProperty("caravan.runc-root", "/run/runc")),
                Path.of(properties.getProperty("caravan.criu", "/opt/caravan/bin/criu")), properties);
        configuration.revocationRefresh();
        return configuration;
    }

    /** How old the authorities' revocation lists may get before they are fetched: {@code caravan.revocation-refresh}. */
    public Duration revocationRefresh() {
        String seconds = properties.getProperty("caravan.revocation-refresh", "60").strip();
        if (!SECONDS.matcher(seconds).matches()) {
            throw new IllegalArgumentException("caravan.revocation-refresh is \"" + seconds
                    + "\"; 1 to 9999 seconds are allowed");
        }
        return Duration.ofSeconds(Long.parseLong(seconds));
    }

    /** Where this platform keeps containers that arrived: one directory (an OCI bundle) each. */
    public Path containers() {
        return home.resolve("containers");
    }

    /** The directory of one migration on the tmpfs: images, CRIU's logs, the commit gate. */
    public Path workspace(java.util.UUID migration) {
        return run.resolve("migrations").resolve(migration.toString());
    }

    /** The container's network namespace on this platform. */
    public String namespace(String container) {
        return name + "-" + container;
    }
}
