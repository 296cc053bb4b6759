package dev.caravan.rootfs;

/**
 * Which file it is, whatever its name.
 *
 * @param device number of the file system, as {@code stat} gives it
 * @param inode  number of the file in it
 */
public record FileIdentity(long device, long inode) {
    /** The major part of a device number as the kernel hands it to programs. */
    static int major(long device) {
        return (int) (device >>> 8 & 0xfff);
    }

    /** The minor part. */
    static int minor(long device) {
        return (int) (device & 0xff | device >>> 12 & 0xfff00);
    }
}
