package dev.caravan.lab;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.wire.WireJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The containers on the hosts of the lab. */
final class LabContainers {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,62}");
    private static final int FIRST_ADDRESS = 100;
    private static final int LAST_ADDRESS = 254;
    private static final int LOG_LINES = 5;

    private final LabPlan plan;
    private final LabNetwork network;

    LabContainers(LabPlan plan, LabNetwork network) {
        this.plan = plan;
        this.network = network;
    }

    /** Makes and starts a container; its outputs go nowhere, for a file outside of it could not move with it. */
    LabContainer run(String host, String name, Path bundle, List<String> command) {
        plan.known(host);
        refuseName(name);
        Path directory = plan.bundle(host, name);
        try {
            String address = freeAddress();
            network.removeContainer(host, name);
            LabMounts.delete(directory);
            Files.createDirectories(directory);
            Path namespace = network.createContainer(host, name, address);
            LabBundle made = new LabBundle(directory, plan.mark());
            if (bundle == null) {
                made.makeSample(command, plan.cgroup(host) + "/" + name, namespace);
            } else {
                made.copy(bundle, command, plan.cgroup(host) + "/" + name, namespace);
            }
            start(host, name, directory);
            return on(host).stream().filter(container -> container.name().equals(name)).findFirst()
                    .orElseThrow(() -> new LabFailed("runc does not know the container " + name + " it started"));
        } catch (IOException e) {
            remove(host, name);
            throw new LabFailed("cannot make the container " + name + ": " + e.getMessage(), e);
        } catch (LabFailed e) {
            remove(host, name);
            throw e;
        }
    }

    private void start(String host, String name, Path directory) throws IOException {
        Path log = plan.run().resolve("log").resolve("runc-" + host + "-" + name + ".log");
        Files.deleteIfExists(log);
        int exit = Program.silently(List.of("runc", "--root", plan.runcRoot(host).toString(), "--log", log.toString(),
                "run", "--detach", "--bundle", directory.toString(), name));
        if (exit != 0) {
            throw new LabFailed("runc does not start the container " + name + ": " + LogTail.of(log, LOG_LINES));
        }
    }

    /** All containers on all hosts. */
    List<LabContainer> all() {
        return plan.hosts().stream().flatMap(host -> on(host).stream()).toList();
    }

    private List<LabContainer> on(String host) {
        if (!Files.isDirectory(plan.runcRoot(host))) {
            return List.of();
        }
        List<LabContainer> found = new ArrayList<>();
        try {
            String listed = Program.run("runc", "--root", plan.runcRoot(host).toString(), "list", "--format", "json");
            for (JsonNode container : WireJson.tree(listed.getBytes(StandardCharsets.UTF_8))) {
                String name = container.path("id").asText();
                found.add(new LabContainer(host, name, container.path("status").asText(),
                        container.path("pid").asLong(), network.containerAddress(host, name).orElse(null)));
            }
            return found;
        } catch (IOException e) {
            throw new LabFailed("what runc printed for the containers on " + host + ": " + e.getMessage(), e);
        }
    }

    Optional<LabContainer> find(String name) {
        return all().stream().filter(container -> container.name().equals(name)).findFirst();
    }

    /** Removes a container from a host with its namespace and storage; it need not be there, or not whole. */
    void remove(String host, String name) {
        deleteFromRuntime(host, name);
        network.removeContainer(host, name);
        LabMounts.delete(plan.bundle(host, name));
    }

    /** Removes every container from the runtimes, so that their hooks run. */
    void removeAll() {
        for (String host : plan.hosts()) {
            if (Files.isDirectory(plan.runcRoot(host))) {
                try (Stream<Path> known = Files.list(plan.runcRoot(host))) {
                    known.map(path -> path.getFileName().toString()).toList()
                            .forEach(name -> deleteFromRuntime(host, name));
                } catch (IOException e) {
                    throw new LabFailed("cannot list the containers on " + host, e);
                }
            }
        }
    }

    /** While runc restores, it has the root file system mounted below its state, and its delete would empty it. */
    private void deleteFromRuntime(String host, String name) {
        Path root = plan.runcRoot(host);
        if (Files.isDirectory(root.resolve(name))) {
            LabMounts.unmountBelow(root.resolve(name));
            Program.attempt("runc", "--root", root.toString(), "delete", "--force", name);
        }
    }

    private void refuseName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new LabFailed(
                    "\"" + name + "\" cannot name a container: letters, digits and _ . - are allowed, 63 of "
                            + "them at most");
        }
        find(name).ifPresent(other -> {
            throw new LabFailed("there is a container " + name + " already, on " + other.host()
                    + "; choose another name");
        });
    }

    private String freeAddress() {
        List<String> used = network.containerAddresses();
        for (int last = FIRST_ADDRESS; last <= LAST_ADDRESS; last++) {
            String address = plan.subnet() + "." + last;
            if (!used.contains(address)) {
                return address;
            }
        }
        throw new LabFailed("all addresses of the lab's network are in use: remove a container, or run lab down");
    }
}
