package dev.caravan.journal;

import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.WireJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.function.Function;

/**
 * One kind of thing that the journal remembers of a migration, besides its stages. Never a secret: the journal is on a
 * disk in the clear.
 *
 * @param <T> what it is to the program
 */
public final class Fact<T> {
    private final String name;
    private final Function<T, String> writing;
    private final Reading<T> reading;

    private interface Reading<T> {
        T read(String text) throws MalformedJson;
    }

    private Fact(String name, Function<T, String> writing, Reading<T> reading) {
        this.name = name;
        this.writing = writing;
        this.reading = reading;
    }

    /** A fact that is text. */
    public static Fact<String> ofText(String name) {
        return new Fact<>(name, text -> text, text -> text);
    }

    /** A fact that is a path. */
    public static Fact<Path> ofPath(String name) {
        return new Fact<>(name, Path::toString, Path::of);
    }

    /**
     * A fact that is written in a way of its own.
     *
     * @param reading throws an {@link IllegalArgumentException} for what {@code writing} does not write
     */
    public static <T> Fact<T> of(String name, Function<T, String> writing, Function<String, T> reading) {
        return new Fact<>(name, writing, reading::apply);
    }

    /** A fact that is a string of bytes, kept in Base64. */
    public static Fact<byte[]> ofBytes(String name) {
        return new Fact<>(name, Base64.getEncoder()::encodeToString, Base64.getDecoder()::decode);
    }

    /** A fact that is a record, kept as JSON. */
    public static <T> Fact<T> ofJson(String name, Class<T> type) {
        return new Fact<>(name, value -> new String(WireJson.write(value), StandardCharsets.UTF_8),
                text -> WireJson.read(text.getBytes(StandardCharsets.UTF_8), type));
    }

    /** Its name in the journal. */
    public String name() {
        return name;
    }

    String write(T value) {
        return writing.apply(value);
    }

    /**
     * What {@link #write} made of a value.
     *
     * @throws IllegalStateException if it is something else: the file was damaged or changed
     */
    T read(String text) {
        try {
            return reading.read(text);
        } catch (MalformedJson | IllegalArgumentException e) {
            throw new IllegalStateException("the journal's " + name + " is not what was written: " + e.getMessage(), e);
        }
    }

    @Override
    public String toString() {
        return "Fact[" + name + "]";
    }
}
