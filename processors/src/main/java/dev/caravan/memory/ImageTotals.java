package dev.caravan.memory;

/**
 * What has passed of a round's image files.
 *
 * @param files     files completed
 * @param bytes     bytes covered, zero pages included
 * @param pagesSent pages of memory carried
 * @param pagesZero pages of memory that were all zeros, and left out
 */
public record ImageTotals(long files, long bytes, long pagesSent, long pagesZero) {

    static final ImageTotals NONE = new ImageTotals(0, 0, 0, 0);

    /** Whether a file of this name holds the memory of processes, page by page. */
    static boolean isMemory(String name) {
        return name.startsWith("pages-") && name.endsWith(".img");
    }

    ImageTotals plus(String name, int length, int zeroPages) {
        int pages = isMemory(name) ? (length + ImageFragment.PAGE - 1) / ImageFragment.PAGE : 0;
        int zeros = isMemory(name) ? zeroPages : 0;
        return new ImageTotals(files, bytes + length, pagesSent + pages - zeros, pagesZero + zeros);
    }

    ImageTotals plusFile() {
        return new ImageTotals(files + 1, bytes, pagesSent, pagesZero);
    }
}
