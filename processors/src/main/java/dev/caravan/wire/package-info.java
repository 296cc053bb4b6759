/** JSON and text that another party wrote: read strictly, quoted briefly. */
package dev.caravan.wire;
