/** CRIU's image files of a container that arrives: how they are called, and what they may give its processes. */
package dev.caravan.image;
