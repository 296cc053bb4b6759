/**
 * Files below a directory, reached by descriptors: whatever happens to the tree meanwhile, no operation leads out of it.
 *
 * <p>
 * A container owns the names in its root file system and may exchange a directory for a symbolic link between any two
 * system calls. So nothing here takes a path from the root of the machine, but for the directory that everything is below:
 * a directory below it is opened by {@code openat2} with {@code RESOLVE_BENEATH} and {@code RESOLVE_NO_SYMLINKS}
 * (openat2(2)), and everything else is done to one name in an open directory, never following it.
 *
 * <p>
 * Names have one character, 0 to 255, for each byte. Needs Linux 5.6 and {@code /proc}.
 */
package dev.caravan.beneath;
