declare module "*.css";
/** The address of a worker's script, as the bundler made it. */
declare module "*?worker&url" {
  const url: string;
  export default url;
}
