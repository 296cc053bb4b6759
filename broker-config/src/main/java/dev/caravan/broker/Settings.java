package dev.caravan.broker;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/** The settings of a program, as a file of Java properties has them. */
public final class Settings {
    private Settings() {
    }

    /** Reads a file of settings, in UTF-8. */
    public static Properties read(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        return properties;
    }

    /**
     * A setting that must be there, without blanks around it.
     *
     * @throws IllegalArgumentException naming the setting if it is missing or blank
     */
    public static String required(Properties properties, String key) {
        String value = properties.getProperty(key);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException(key + " is missing");
        }
        return value.strip();
    }

    /** The same, saying also which file lacks it. */
    public static String required(Properties properties, String key, Path file) {
        try {
            return required(properties, key);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(e.getMessage() + " in " + file, e);
        }
    }
}
