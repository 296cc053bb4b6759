package dev.caravan.rootfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Chunks on disk, named by their digests, one file each: {@code ab/cdef…}. One process uses a store at a time; its
 * threads may share it. Chunks are written beside the store and moved in, so that a crash leaves whole ones or none,
 * and every chunk is checked against its name before it is used, so that a damaged one is at worst missing.
 *
 * <p>
 * When the store grows beyond its bound, the chunks that were unused for longest go. Chunks on {@link #lease} stay,
 * even beyond the bound: a migration keeps what it has received.
 */
public final class ChunkStore {
    private static final FileAttribute<?> PRIVATE_DIRECTORY = PosixFilePermissions
            .asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<?> PRIVATE_FILE = PosixFilePermissions
            .asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path directory;
    private final Path incoming;
    private final long maxBytes;
    private final AtomicLong counter = new AtomicLong();
    /** Oldest use first. */
    private final Map<ChunkDigest, Stored> index = new LinkedHashMap<>(1024, 0.75f, true);
    private final Map<ChunkDigest, Integer> leased = new HashMap<>();
    private long bytes;

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
        Files.createDirectories(directory, PRIVATE_DIRECTORY);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        if (Files.exists(store.incoming)) {
            try (Stream<Path> left = Files.list(store.incoming)) {
                for (Path file : (Iterable<Path>) left::iterator) {
                    Files.delete(file);
                }
            }
        } else {
            Files.createDirectory(store.incoming, PRIVATE_DIRECTORY);
        }
        store.load();
        return store;
    }

    private synchronized void load() throws IOException {
        record Aged(ChunkDigest digest, int length, FileTime used) {
        }
        List<Aged> chunks = new ArrayList<>();
        try (Stream<Path> files = Files.find(directory, 2, (path, attributes) -> attributes.isRegularFile())) {
            for (Path file : (Iterable<Path>) files::iterator) {
                ChunkDigest digest = ChunkDigest.parse(directory.relativize(file).toString().replace("/", ""));
                long length = Files.size(file);
                if (digest == null || length < 1 || length > ChunkDigest.CHUNK_BYTES) {
                    Files.delete(file);
                } else {
                    chunks.add(new Aged(digest, (int) length, Files.getLastModifiedTime(file)));
                }
            }
        }
        chunks.sort((x, y) -> x.used().compareTo(y.used()));
        for (Aged chunk : chunks) {
            index.put(chunk.digest(), new Stored(chunk.length(), false));
            bytes += chunk.length();
        }
        evict();
    }

    /** Bytes of all chunks. */
    public synchronized long bytes() {
        return bytes;
    }

    /** The chunks that are not here; those that are, are read once and checked. */
    public Set<ChunkDigest> missing(Collection<ChunkDigest> digests) throws IOException {
        Set<ChunkDigest> missing = new HashSet<>();
        for (ChunkDigest digest : digests) {
            Stored stored;
            synchronized (this) {
                stored = index.get(digest);
            }
            if (stored == null || !stored.verified() && read(digest).isEmpty()) {
                missing.add(digest);
            }
        }
        return missing;
    }

    /** Keeps these chunks until the lease is closed. */
    public synchronized Lease lease(Collection<ChunkDigest> digests) {
        Set<ChunkDigest> kept = Set.copyOf(digests);
        kept.forEach(digest -> leased.merge(digest, 1, Integer::sum));
        return new Lease() {
            private boolean closed;

            @Override
            public void close() {
                synchronized (ChunkStore.this) {
                    if (!closed) {
                        closed = true;
                        kept.forEach(digest -> leased.computeIfPresent(digest, (key, n) -> n == 1 ? null : n - 1));
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
                put(digest, chunk);
                wanted.remove(digest);
                taken += chunk.length;
            }
        }
        return taken;
    }

    private void put(ChunkDigest digest, byte[] chunk) throws IOException {
        synchronized (this) {
            Stored stored = index.get(digest);
            if (stored != null && stored.verified()) {
                return;
            }
        }
        Path draft = incoming.resolve(Long.toString(counter.incrementAndGet()));
        Path place = place(digest);
        Files.createDirectories(directory.resolve(digest.hex().substring(0, 2)), PRIVATE_DIRECTORY);
        try {
            Files.createFile(draft, PRIVATE_FILE);
            Files.write(draft, chunk, StandardOpenOption.WRITE);
            Files.move(draft, place, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(draft);
        }
        synchronized (this) {
            Stored before = index.put(digest, new Stored(chunk.length, true));
            bytes += chunk.length - (before == null ? 0 : before.length());
            evict();
        }
    }

    /** A chunk, checked; empty if it is not here or was damaged, which removes it. */
    public Optional<byte[]> read(ChunkDigest digest) throws IOException {
        synchronized (this) {
            if (index.get(digest) == null) {
                return Optional.empty();
            }
        }
        Path place = place(digest);
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
        if (!ChunkDigest.of(chunk, chunk.length).equals(digest)) {
            forget(digest);
            return Optional.empty();
        }
        Files.setLastModifiedTime(place, FileTime.fromMillis(System.currentTimeMillis()));
        synchronized (this) {
            if (index.containsKey(digest)) {
                index.put(digest, new Stored(chunk.length, true));
            }
        }
        return Optional.of(chunk);
    }

    private synchronized void forget(ChunkDigest digest) throws IOException {
        Stored stored = index.remove(digest);
        bytes -= stored == null ? 0 : stored.length();
        Files.deleteIfExists(place(digest));
    }

    private synchronized void evict() {
        Iterator<Map.Entry<ChunkDigest, Stored>> oldest = index.entrySet().iterator();
        while (bytes > maxBytes && oldest.hasNext()) {
            Map.Entry<ChunkDigest, Stored> entry = oldest.next();
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

    private Path place(ChunkDigest digest) {
        String hex = digest.hex();
        return directory.resolve(hex.substring(0, 2)).resolve(hex.substring(2));
    }
}
