import { expect } from "chai";
import { backendUrl } from "../../../sandbox/engine/home";

describe("the backend of the engine", () => {
    it("is the folder's path, escaped where it isn't a URL's", () => {
        expect(backendUrl("/srv/run")).equals("file:///srv/run");
        expect(backendUrl("/srv/c#/100%/a%20b/why?")).equals("file:///srv/c%23/100%25/a%2520b/why%3F");
    });
});
