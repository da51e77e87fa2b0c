/** From where one looks at a board. */
export interface Camera {
  /** Board units at the left and top edge. */
  readonly x: number;
  readonly y: number;
  /** Pixels for a board unit. */
  readonly scale: number;
}
