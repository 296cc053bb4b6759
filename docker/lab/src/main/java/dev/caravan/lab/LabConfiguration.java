package dev.caravan.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.beneath.OwnerOnly;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Writes the configuration of every process of the lab, with passwords made for it alone. */
final class LabConfiguration {
    static final int BROKER_PORT = 61616;
    static final int CONSOLE_PORT = 8090;
    static final int JOLOKIA_PORT = 8778;

    private static final int PASSWORD_BYTES = 24;
    private static final String CONSOLE_USER = "caravan";

    private final LabPlan plan;
    private final LabCertificates certificates;
    private final SecureRandom random = new SecureRandom();

    LabConfiguration(LabPlan plan) {
        this.plan = plan;
        this.certificates = new LabCertificates(plan, passwordFile("tls"));
    }

    LabCertificates certificates() {
        return certificates;
    }

    Path broker() {
        return plan.home().resolve("broker").resolve("broker.properties");
    }

    Path authority() {
        return plan.home().resolve("authority").resolve("authority.properties");
    }

    Path console() {
        return plan.home().resolve("console").resolve("console.properties");
    }

    Path agent(String host) {
        return plan.home().resolve("hosts").resolve(host).resolve("agent.properties");
    }

    Path policy(String host) {
        return plan.home().resolve("hosts").resolve(host).resolve("policy.json");
    }

    /** What the host lets containers have that arrive; the default at first. */
    Path admission(String host) {
        return plan.home().resolve("hosts").resolve(host).resolve("admission.json");
    }

    /** Where the operator's key, certificate and trusted authorities are. */
    Path operatorHome() {
        return plan.operatorConfiguration().getParent();
    }

    /** Writes everything but the policies. */
    void write(Path makerRoots) {
        Map<String, String> passwords = new TreeMap<>();
        Map<String, String> roles = new TreeMap<>();
        for (String role : roles()) {
            passwords.put(role, password());
            roles.put(role, role);
        }
        secret(passwordFile("console"), password());
        secret(passwordFile("jolokia"), password());
        secret(passwordFile("tls"), password());
        passwords.forEach((user, password) -> secret(passwordFile(user), password));
        secret(broker().resolveSibling("users.properties"), lines(passwords));
        secret(broker().resolveSibling("roles.properties"), lines(roles));
        writeBroker();
        writeAuthority(makerRoots);
        writeOperator();
        plan.hosts().forEach(this::writeAgent);
        writeConsole();
    }

    private List<String> roles() {
        List<String> roles = new ArrayList<>(List.of("authority", "operator"));
        plan.hosts().forEach(host -> roles.add("agent-" + host));
        return roles;
    }

    /** Without TLS: the lab's network does not leave this machine, and encrypting batches twice would be measured. */
    private void writeBroker() {
        write(broker(), Map.of("caravan.home", plan.home().resolve("broker").resolve("journal"), "caravan.run",
                plan.run().resolve("broker"), "caravan.broker.bind", plan.address() + ":" + BROKER_PORT,
                "caravan.broker.insecure-plain-text", "accept", "caravan.broker.users",
                broker().resolveSibling("users.properties"), "caravan.broker.roles",
                broker().resolveSibling("roles.properties")));
    }

    private void writeAuthority(Path makerRoots) {
        Map<String, Object> settings = brokerClient("authority");
        settings.put("caravan.home", plan.home().resolve("authority").resolve("home"));
        settings.put("caravan.run", plan.run().resolve("authority"));
        settings.put("caravan.maker-roots", makerRoots);
        write(authority(), settings);
    }

    private void writeOperator() {
        Map<String, Object> settings = brokerClient("operator");
        settings.put("caravan.operator.key", operatorHome().resolve("operator-key.pem"));
        settings.put("caravan.operator.certificate", operatorHome().resolve("operator.pem"));
        settings.put("caravan.trust", operatorHome().resolve("trust"));
        settings.put("caravan.policy", operatorHome().resolve("policy.json"));
        write(plan.operatorConfiguration(), settings);
    }

    private void writeAgent(String host) {
        Map<String, Object> settings = brokerClient("agent-" + host);
        settings.put("caravan.name", host);
        settings.put("caravan.home", plan.hostHome(host));
        settings.put("caravan.run", plan.hostRun(host));
        settings.put("caravan.tpm", "unix:" + plan.tpmSocket(host));
        settings.put("caravan.trust", plan.hostHome(host).resolve("trust"));
        settings.put("caravan.policy", policy(host));
        settings.put("caravan.admission", admission(host));
        settings.put("caravan.bridge", LabNetwork.HOST_BRIDGE);
        settings.put("caravan.cgroup-parent", plan.cgroup(host));
        settings.put("caravan.runc-root", plan.runcRoot(host));
        settings.put("caravan.criu", plan.criu());
        settings.put("caravan.jolokia.host", plan.address(host));
        settings.put("caravan.jolokia.port", JOLOKIA_PORT);
        settings.put("caravan.jolokia.user", CONSOLE_USER);
        settings.put("caravan.jolokia.password-file", passwordFile("jolokia"));
        secret(admission(host), "{}\n");
        settings.put("caravan.jolokia.keystore", certificates.keyStore());
        settings.put("caravan.jolokia.keystore-password-file", passwordFile("tls"));
        write(agent(host), settings);
    }

    private void writeConsole() {
        Map<String, Object> settings = new TreeMap<>();
        settings.put("caravan.run", plan.run().resolve("console"));
        settings.put("caravan.console.bind", plan.address() + ":" + CONSOLE_PORT);
        settings.put("caravan.console.user", CONSOLE_USER);
        settings.put("caravan.console.password-file", passwordFile("console"));
        settings.put("caravan.jolokia.user", CONSOLE_USER);
        settings.put("caravan.jolokia.password-file", passwordFile("jolokia"));
        settings.put("caravan.jolokia.truststore", certificates.trustStore());
        settings.put("caravan.jolokia.truststore-password-file", passwordFile("tls"));
        settings.put("caravan.console.keystore", certificates.keyStore());
        settings.put("caravan.console.keystore-password-file", passwordFile("tls"));
        plan.hosts().forEach(host -> settings.put("caravan.console.agent." + host,
                "https://" + plan.address(host) + ":" + JOLOKIA_PORT + "/jolokia"));
        write(console(), settings);
    }

    /**
     * Writes the reference values: a host accepts the values that the others have now, the operator those of all.
     *
     * @param pcrs each host's PCRs
     */
    void writePolicies(Map<String, SortedMap<Integer, byte[]>> pcrs) {
        for (String host : plan.hosts()) {
            Map<String, SortedMap<Integer, byte[]>> others = new TreeMap<>(pcrs);
            others.remove(host);
            writePolicy(policy(host), others);
        }
        writePolicy(operatorHome().resolve("policy.json"), pcrs);
    }

    private static void writePolicy(Path file, Map<String, SortedMap<Integer, byte[]>> pcrs) {
        SortedMap<Integer, SortedSet<String>> allowed = new TreeMap<>();
        for (SortedMap<Integer, byte[]> platform : pcrs.values()) {
            platform.forEach((pcr, value) -> allowed.computeIfAbsent(pcr, any -> new TreeSet<>())
                    .add(HexFormat.of().formatHex(value)));
        }
        try {
            secret(file, new ObjectMapper().writerWithDefaultPrettyPrinter()
                    .writeValueAsString(Map.of("pcrs", allowed)));
        } catch (IOException e) {
            throw new LabFailed("cannot write the policy " + file, e);
        }
    }

    /** The password that the console asks for, with the user {@code caravan}. */
    Path consolePassword() {
        return passwordFile("console");
    }

    /** The password of the store with the lab's certificate. */
    Path trustStorePassword() {
        return passwordFile("tls");
    }

    private Map<String, Object> brokerClient(String user) {
        Map<String, Object> settings = new TreeMap<>();
        settings.put("caravan.broker.url", "tcp://" + plan.address() + ":" + BROKER_PORT);
        settings.put("caravan.broker.user", user);
        settings.put("caravan.broker.password-file", passwordFile(user));
        return settings;
    }

    private Path passwordFile(String user) {
        return plan.home().resolve("secrets").resolve(user);
    }

    private String password() {
        byte[] password = new byte[PASSWORD_BYTES];
        random.nextBytes(password);
        return HexFormat.of().formatHex(password);
    }

    private static String lines(Map<String, String> entries) {
        StringBuilder lines = new StringBuilder();
        entries.forEach((key, value) -> lines.append(key).append('=').append(value).append('\n'));
        return lines.toString();
    }

    private static void write(Path file, Map<String, Object> settings) {
        Properties properties = new Properties();
        settings.forEach((key, value) -> properties.setProperty(key, value.toString()));
        StringWriter text = new StringWriter();
        try {
            properties.store(text, null);
        } catch (IOException e) {
            throw new LabFailed("cannot write " + file, e);
        }
        secret(file, text.toString());
    }

    /** Writes a file that only root may read, from its first byte on. */
    private static void secret(Path file, String text) {
        try {
            Files.createDirectories(file.resolve("..").normalize());
            Files.deleteIfExists(file);
            Files.createFile(file, OwnerOnly.FILE);
            try (OutputStream out = Files.newOutputStream(file)) {
                out.write(text.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new LabFailed("cannot write " + file + ": " + e.getMessage(), e);
        }
    }
}
