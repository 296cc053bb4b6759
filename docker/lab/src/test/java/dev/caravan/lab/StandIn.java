package dev.caravan.lab;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Takes the place of Caravan's jar: keeps to what the lab expects of each command, and does nothing else. */
public final class StandIn {
    /** An agent whose home has a file of this name ends before it is ready. */
    static final String BROKEN = "broken";

    private StandIn() {
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<String> words = List.of(arguments);
        if (words.contains("issue-operator")) {
            Path out = Files.createDirectories(Path.of(words.get(words.indexOf("--out") + 1)));
            Files.writeString(out.resolve("operator.pem"), "");
        } else if (!words.contains("enrol")) {
            serve(Path.of(words.get(words.indexOf("--config") + 1)));
        }
    }

    private static void serve(Path file) throws IOException, InterruptedException {
        Properties settings = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            settings.load(reader);
        }
        if (Files.exists(file.resolveSibling(BROKEN))) {
            throw new IllegalStateException("broken on purpose");
        }
        Files.writeString(Path.of(settings.getProperty("caravan.run"), "ready"), "");
        Thread.currentThread().join();
    }

    /** Packs this class as a jar. */
    static Path jar(Path directory) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, StandIn.class.getName());
        Path jar = directory.resolve("stand-in.jar");
        String entry = StandIn.class.getName().replace('.', '/') + ".class";
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream packed = new JarOutputStream(out, manifest)) {
            packed.putNextEntry(new JarEntry(entry));
            StandIn.class.getClassLoader().getResourceAsStream(entry).transferTo(packed);
        }
        return jar;
    }
}
