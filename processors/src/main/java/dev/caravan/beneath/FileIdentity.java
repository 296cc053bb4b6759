package dev.caravan.beneath;

/**
 * Which file it is, whatever its name.
 *
 * @param device which file system
 * @param inode  number of the file in it
 */
public record FileIdentity(long device, long inode) {
}
