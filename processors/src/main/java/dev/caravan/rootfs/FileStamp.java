package dev.caravan.rootfs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;

/**
 * What {@code lstat} says of a file. Two equal stamps of one path mean that nothing about the file has changed, if the
 * first was taken long enough after the last change ({@link #isOlderThan}).
 */
record FileStamp(Object key, int mode, FileIdentity identity, int links, int uid, int gid, long size, long deviceNode,
        FileTime modified, FileTime changed) {

    private static final String WANTED = "unix:fileKey,mode,dev,ino,nlink,uid,gid,size,rdev,lastModifiedTime,ctime";
    private static final Duration FINE = Duration.ofMillis(20);
    private static final Duration COARSE = Duration.ofSeconds(2);

    static FileStamp of(Path path) throws IOException {
        Map<String, Object> stat = Files.readAttributes(path, WANTED, LinkOption.NOFOLLOW_LINKS);
        return new FileStamp(stat.get("fileKey"), (Integer) stat.get("mode"),
                new FileIdentity((Long) stat.get("dev"), (Long) stat.get("ino")), (Integer) stat.get("nlink"),
                (Integer) stat.get("uid"), (Integer) stat.get("gid"), (Long) stat.get("size"),
                (Long) stat.get("rdev"), (FileTime) stat.get("lastModifiedTime"), (FileTime) stat.get("ctime"));
    }

    /**
     * Whether it is still this file and nothing about it has changed: the time of change moves with everything else.
     */
    boolean isStill(long inode, Instant lastChange) {
        return identity.inode() == inode && changed.toInstant().equals(lastChange);
    }

    /**
     * Whether a change after {@code moment} would have another time of change than this stamp. File systems stamp by
     * the timer tick, some by the second.
     */
    boolean isOlderThan(Instant moment) {
        Instant change = changed.toInstant();
        return change.plus(change.getNano() == 0 ? COARSE : FINE).isBefore(moment);
    }

    EntryType type() {
        return EntryType.ofMode(mode);
    }

    Metadata metadata(SortedMap<String, String> xattrs) {
        Instant time = modified.toInstant();
        return new Metadata(mode & 07777, uid, gid, time.getEpochSecond(), time.getNano(), xattrs);
    }
}
