/**
 * Rows of the requirements that what is built so far answers for, by the letter of their document; numbers and ranges.
 * A part that is added brings its rows along. K is profile kup6s, V are the rules for settings.
 */
export const built: Readonly<Record<string, string>> = {
    K: "1-87 89 90 92-159",
    P: "11-25 31-42 54",
    S: "9-26 38 45 47 48 52 66 72 73 80 84 85",
    U: "7-13 18 21-38 42 44 45 53-55 58 59 69",
    A: "6-13 16-18 20 26-30 39",
    V: "1-14 16 17",
};

/**
 * Rows that ask for words alone, with what the page of profile kup6s says of each: reasons, and figures of the document
 * that nothing is sized by.
 */
export const documented: Readonly<Record<string, string>> = {
    "K-48": "history is limited by a bill, not by a disk, because S3 is cheap",
    "K-51": "old data is downsampled to 5 m and 1 h (K-50), and so stays cheap",
    "K-53": "between one process and a dozen microservices",
    "K-56": "it will do up to 100 nodes",
    "K-74": "about 1000 targets on 8 nodes",
    "K-103": "50 GB of metrics and 20 GB of logs, paid per GB",
};
