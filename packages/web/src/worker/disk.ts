/** Writes received files in place, beside the page's thread. */
import { serveDisk } from "@kith/sdk/web";

serveDisk();
