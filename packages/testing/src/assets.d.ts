/** A file that Vite serves: the import gives its address. */
declare module "*?url" {
  const url: string;
  export default url;
}
