package dev.caravan.rootfs;

import dev.caravan.beneath.OwnerOnly;
import dev.caravan.crypto.NativeCrypto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Chunks on disk, apart by the source that they came from, named by their digests, one file each:
 * {@code SOURCE/ab/cdef…}. One process uses a store at a time; its threads may share it. Chunks are written beside the store
 * and moved in, so that a crash leaves whole ones or none, and every chunk is checked against its name before it is used,
 * so that a damaged one is at worst missing.
 *
 * <p>
 * Who knows a digest must not learn whether another's container has that content, nor get it: what a source offers is
 * matched with what came from that very source, see {@link #of}. A chunk that two sources sent is kept twice; only so does
 * nothing that one of them can see, the time included, depend on the other.
 *
 * <p>
 * When the store grows beyond its bounds, the chunks that were unused for longest go. Chunks on
 * {@link SourceChunks#lease} stay, even beyond the bounds: a migration keeps what it has received.
 */
public final class ChunkStore {
    /** This many chunks are kept without a lease: each takes some 250 bytes of heap, all of them 64 MiB. */
    static final int MAX_CHUNKS = 1 << 18;

    private final Path directory;
    private final Path incoming;
    private final long maxBytes;
    private final AtomicLong counter = new AtomicLong();
    /** Oldest use first. */
    private final Map<Key, Stored> index = new LinkedHashMap<>(1024, 0.75f, true);
    private final Map<Key, Integer> leased = new HashMap<>();
    private long bytes;

    /** A chunk of a source; the source's name is one object for all of them. */
    private record Key(String source, ChunkDigest digest) {
    }

    private record Stored(int length, boolean verified) {
    }

    /** Keeps chunks from being evicted until it is closed. Digests without a chunk yet are kept from when they come. */
    public interface Lease extends AutoCloseable {
        @Override
        void close();
    }

    private ChunkStore(Path directory, long maxBytes) {
        this.directory = directory;
        this.incoming = directory.resolve("incoming");
        this.maxBytes = maxBytes;
    }

    /**
     * Opens a store, making its directory with mode 0700 if there is none.
     *
     * @param maxBytes the bound of what is kept without a lease
     */
    public static ChunkStore open(Path directory, long maxBytes) throws IOException {
        ChunkStore store = new ChunkStore(directory, maxBytes);
        OwnerOnly.directories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        if (Files.exists(store.incoming)) {
            try (Stream<Path> left = Files.list(store.incoming)) {
                for (Path file : (Iterable<Path>) left::iterator) {
                    Files.delete(file);
                }
            }
        } else {
            Files.createDirectory(store.incoming, OwnerOnly.DIRECTORY);
        }
        store.load();
        return store;
    }

    private synchronized void load() throws IOException {
        record Aged(Key key, int length, FileTime used) {
        }
        List<Aged> chunks = new ArrayList<>();
        Map<String, String> sources = new HashMap<>();
        try (Stream<Path> files = Files.find(directory, 3, (path, attributes) -> attributes.isRegularFile())) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Key key = key(directory.relativize(file), sources);
                long length = Files.size(file);
                if (key == null || length < 1 || length > ChunkDigest.CHUNK_BYTES) {
                    Files.delete(file);
                } else {
                    chunks.add(new Aged(key, (int) length, Files.getLastModifiedTime(file)));
                }
            }
        }
        chunks.sort((x, y) -> x.used().compareTo(y.used()));
        for (Aged chunk : chunks) {
            index.put(chunk.key(), new Stored(chunk.length(), false));
            bytes += chunk.length();
        }
        evict();
    }

    /** What the path of a chunk in the store says, or null if no chunk of a source has such a path. */
    private static Key key(Path path, Map<String, String> sources) {
        String name = path.toString();
        if (!name.matches("[0-9a-f]{64}/[0-9a-f]{2}/[0-9a-f]{62}")) {
            return null;
        }
        String source = sources.computeIfAbsent(name.substring(0, 64), same -> same);
        return new Key(source, ChunkDigest.parse(name.substring(65).replace("/", "")));
    }

    /**
     * The chunks of one source.
     *
     * @param source who it is: the key that its messages are certified with, so that a machine that takes another's name
     *               takes none of its chunks
     */
    public SourceChunks of(PublicKey source) {
        return new SourceChunks(
                HexFormat.of().formatHex(NativeCrypto.sha256().digest(source.getEncoded())));
    }

    /** Bytes of all chunks. */
    public synchronized long bytes() {
        return bytes;
    }

    private void put(Key key, byte[] chunk) throws IOException {
        synchronized (this) {
            Stored stored = index.get(key);
            if (stored != null && stored.verified()) {
                return;
            }
        }
        Path draft = incoming.resolve(Long.toString(counter.incrementAndGet()));
        Path place = place(key);
        OwnerOnly.directories(Objects.requireNonNull(place.getParent()));
        try {
            Files.createFile(draft, OwnerOnly.FILE);
            Files.write(draft, chunk, StandardOpenOption.WRITE);
            Files.move(draft, place, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(draft);
        }
        synchronized (this) {
            Stored before = index.put(key, new Stored(chunk.length, true));
            bytes += chunk.length - (before == null ? 0 : before.length());
            evict();
        }
    }

    private Optional<byte[]> read(Key key) throws IOException {
        synchronized (this) {
            if (index.get(key) == null) {
                return Optional.empty();
            }
        }
        Path place = place(key);
        byte[] chunk;
        try (var channel = Files.newByteChannel(place, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            byte[] buffer = new byte[(int) Math.min(channel.size(), ChunkDigest.CHUNK_BYTES)];
            ByteBuffer into = ByteBuffer.wrap(buffer);
            while (into.hasRemaining() && channel.read(into) >= 0) {
                continue;
            }
            chunk = into.hasRemaining() ? new byte[0] : buffer;
        } catch (java.nio.file.NoSuchFileException e) {
            chunk = new byte[0];
        }
        if (!ChunkDigest.of(chunk, chunk.length).equals(key.digest())) {
            forget(key);
            return Optional.empty();
        }
        Files.setLastModifiedTime(place, FileTime.fromMillis(System.currentTimeMillis()));
        synchronized (this) {
            if (index.containsKey(key)) {
                index.put(key, new Stored(chunk.length, true));
            }
        }
        return Optional.of(chunk);
    }

    private synchronized void forget(Key key) throws IOException {
        Stored stored = index.remove(key);
        bytes -= stored == null ? 0 : stored.length();
        Files.deleteIfExists(place(key));
    }

    private synchronized void evict() {
        Iterator<Map.Entry<Key, Stored>> oldest = index.entrySet().iterator();
        while ((bytes > maxBytes || index.size() > MAX_CHUNKS) && oldest.hasNext()) {
            Map.Entry<Key, Stored> entry = oldest.next();
            if (!leased.containsKey(entry.getKey())) {
                try {
                    Files.deleteIfExists(place(entry.getKey()));
                } catch (IOException e) {
                    // It stays, and is tried again the next time.
                    continue;
                }
                bytes -= entry.getValue().length();
                oldest.remove();
            }
        }
    }

    private Path place(Key key) {
        String hex = key.digest().hex();
        return directory.resolve(key.source()).resolve(hex.substring(0, 2)).resolve(hex.substring(2));
    }

    /** The chunks that came from one source: all that may be asked for or used while it sends. */
    public final class SourceChunks {
        private final String source;

        private SourceChunks(String source) {
            this.source = source;
        }

        private Key key(ChunkDigest digest) {
            return new Key(source, digest);
        }

        /** The chunks that are not here; those that are, are read once and checked. */
        public Set<ChunkDigest> missing(Collection<ChunkDigest> digests) throws IOException {
            Set<ChunkDigest> missing = new HashSet<>();
            for (ChunkDigest digest : digests) {
                Stored stored;
                synchronized (ChunkStore.this) {
                    stored = index.get(key(digest));
                }
                if (stored == null || !stored.verified() && read(digest).isEmpty()) {
                    missing.add(digest);
                }
            }
            return missing;
        }

        /** Keeps these chunks until the lease is closed. */
        public Lease lease(Collection<ChunkDigest> digests) {
            Set<ChunkDigest> kept = Set.copyOf(digests);
            synchronized (ChunkStore.this) {
                kept.forEach(digest -> leased.merge(key(digest), 1, Integer::sum));
            }
            return new Lease() {
                private boolean closed;

                @Override
                public void close() {
                    synchronized (ChunkStore.this) {
                        if (!closed) {
                            closed = true;
                            kept.forEach(
                                    digest -> leased.computeIfPresent(key(digest), (key, n) -> n == 1 ? null : n - 1));
                            evict();
                        }
                    }
                }
            };
        }

        /**
         * Takes the chunks of a message that are wanted, and removes them from {@code wanted}; others are ignored.
         *
         * @return bytes taken
         */
        public long receive(ChunkMessage message, Set<ChunkDigest> wanted) throws IOException {
            long taken = 0;
            for (byte[] chunk : message.chunks()) {
                ChunkDigest digest = ChunkDigest.of(chunk, chunk.length);
                if (wanted.contains(digest)) {
                    put(key(digest), chunk);
                    wanted.remove(digest);
                    taken += chunk.length;
                }
            }
            return taken;
        }

        /** A chunk, checked; empty if it is not here or was damaged, which removes it. */
        public Optional<byte[]> read(ChunkDigest digest) throws IOException {
            return ChunkStore.this.read(key(digest));
        }
    }
}
