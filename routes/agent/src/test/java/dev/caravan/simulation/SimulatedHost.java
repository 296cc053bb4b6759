package dev.caravan.simulation;

import dev.caravan.bundle.Bundle;
import dev.caravan.criu.CommitGate;
import dev.caravan.criu.ContainerState.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A machine: its containers, links and fences, its disk and its tmpfs. It outlives its agents. */
final class SimulatedHost {
    /** Beyond all process numbers that a kernel gives. */
    private static final int FIRST_PID = 1 << 29;
    private static final String CONFIG = """
                                         {"ociVersion":"1.0.2","root":{"path":"rootfs"},
                                          "process":{"terminal":false,"user":{"uid":0,"gid":0},"args":["count"],"cwd":"/"},
                                          "linux":{"cgroupsPath":"/%s/%s","namespaces":[{"type":"pid"},{"type":"mount"},{"type":"ipc"},{"type":"uts"},{"type":"network","path":"%s"}]}}
                                         """;

    final String name;
    final Path home;
    final Path run;
    private final Simulation world;
    private final Map<String, Copy> copies = new TreeMap<>();
    final SimulatedNetwork network;
    private int pids = FIRST_PID;
    /** The agent that lives here now; null while there is none. */
    SimulatedAgent agent;
    boolean journalFull;
    /** A migration has completed here and said that its network could not be removed. */
    boolean mayLeaveNetwork;

    SimulatedHost(String name, Path directory, Simulation world) {
        this.name = name;
        this.home = directory.resolve("home");
        this.run = directory.resolve("run");
        this.world = world;
        this.network = new SimulatedNetwork(this, directory.resolve("netns"));
        directories();
    }

    private void directories() {
        try {
            Files.createDirectories(home);
            Files.createDirectories(run);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean coin() {
        return world.chance(2);
    }

    synchronized Copy copy(String container) {
        notice();
        return copies.get(container);
    }

    synchronized List<String> containers() {
        return List.copyOf(copies.keySet());
    }

    synchronized List<Copy> copies() {
        notice();
        return List.copyOf(copies.values());
    }

    /** What is here, as it was noticed last. */
    synchronized List<Copy> present() {
        return List.copyOf(copies.values());
    }

    /** A container that somebody starts here. */
    void start(String container) {
        Path bundle = home.resolve("bundles").resolve(container);
        Path namespace = network.connect("net-of-" + container);
        SimulatedRuntime.write(bundle.resolve("config.json"), CONFIG.formatted(name, container, namespace));
        SimulatedRuntime.write(bundle.resolve("rootfs/etc/motd"), "A small file.");
        Copy copy = new Copy(name, container, pids++, bundle, null, 0);
        copies.put(container, copy);
        SimulatedRuntime.write(copy.file(), "0");
    }

    /** The network of the container whose first process has that number; null if there is none. */
    synchronized SimulatedNetwork.Net net(int pid) {
        return copies.values().stream().filter(copy -> copy.pid == pid).findFirst().map(this::net).orElse(null);
    }

    /** A copy's network. */
    SimulatedNetwork.Net net(Copy copy) {
        try {
            return network.net(Bundle.read(copy.bundle).networkNamespace().orElseThrow());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Something about a network has changed. */
    void told(String what) {
        world.note(name + ": " + what);
        world.observe();
    }

    void restored(String container, Path bundle, Path gate, long count) {
        copies.put(container, new Copy(name, container, pids++, bundle, gate, count));
        world.note(name + ": " + container + " is at its gate");
        world.observe();
    }

    void change(Copy copy, Status status) {
        if (copy.status != status) {
            copy.status = status;
            world.note(name + ": " + copy.container + " is " + status.name().toLowerCase(java.util.Locale.ROOT));
            world.observe();
        }
    }

    synchronized void remove(String container, String how) {
        if (copies.remove(container) != null) {
            world.note(name + ": " + container + " is " + how);
            world.observe();
        }
    }

    /** What runs behind a gate sees what was decided. */
    synchronized void notice() {
        for (Copy copy : List.copyOf(copies.values())) {
            if (!copy.held) {
                continue;
            }
            CommitGate.Decision decision = new CommitGate(copy.gate).decision();
            if (decision == CommitGate.Decision.CLOSED) {
                remove(copy.container, "ended by its gate");
            } else if (decision == CommitGate.Decision.OPENED) {
                copy.held = false;
                SimulatedRuntime.write(copy.gate.resolve("resumed"), "1");
                world.note(name + ": " + copy.container + " runs");
                if (world.diesWhenItRuns(copy)) {
                    remove(copy.container, "ended");
                } else {
                    world.observe();
                }
            }
        }
    }

    /** The machine is restarted: what was in memory is gone. */
    void reboot() {
        copies.values().forEach(world::lost);
        copies.clear();
        network.reboot();
        delete(run);
        directories();
    }

    /** From now on nothing can be written to the journal, or again. */
    void journalFull(boolean full) {
        journalFull = full;
        Path file = home.resolve("journal.db");
        if (Files.notExists(file)) {
            return;
        }
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            for (String table : List.of("migration", "transition", "fact")) {
                for (String change : List.of("insert", "update")) {
                    String trigger = "full_" + table + "_" + change;
                    statement.execute(full
                            ? "create trigger " + trigger + " before " + change + " on " + table
                                    + " begin select raise(abort, 'database or disk is full'); end"
                            : "drop trigger if exists " + trigger);
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Of migrations that have ended nothing is left but logs, and the files of a container that lives here. */
    void requireNothingLeft() {
        for (String thing : List.of("images", "gate", "reserve")) {
            requireNone(run.resolve("migrations"), path -> path.endsWith(thing));
        }
        copies.values().stream().filter(Copy::runs).map(this::net).forEach(net -> {
            if (net == null || !net.isReachable()) {
                throw new Simulation.Violation("what runs at " + name + " cannot be reached");
            }
        });
        if (network.nets().size() > copies.size() && !mayLeaveNetwork) {
            throw new Simulation.Violation("a network is left at " + name);
        }
        requireNone(home.resolve("containers"), path -> path.endsWith("config.json") && copies.values().stream()
                .noneMatch(copy -> path.startsWith(copy.bundle)));
    }

    private void requireNone(Path tree, Predicate<Path> left) {
        if (Files.notExists(tree)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(tree)) {
            paths.filter(left).findFirst().ifPresent(path -> {
                throw new Simulation.Violation(path + " is left at " + name);
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void delete(Path tree) {
        if (Files.notExists(tree)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
